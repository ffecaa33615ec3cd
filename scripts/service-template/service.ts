import { and, desc, eq, inArray, lt, sql } from 'drizzle-orm'
import { isAdministrator, requireOwner, type Caller } from '../../shared/access.ts'
import type { Created, Versioned } from '../../shared/answer.ts'
import type { Context } from '../../shared/context.ts'
import { createOnce, prunableIdempotencyKeys, type Creation } from '../../shared/idempotency.ts'
import { toInstant } from '../../shared/instant.ts'
import { readCursor, rowsToAsk, toPage, type Page, type PageQuery } from '../../shared/page.ts'
import { conflict, notFound, preconditionFailed, type ProblemError } from '../../shared/problem.ts'
import { isId } from '../../shared/schemas/primitive.ts'
import { createBatch } from '@campus/store/batch.ts'
import { violation } from '@campus/store/error.ts'
import { insertInto } from '@campus/store/insert.ts'
import type { Change } from '../../shared/version.ts'
import type { NewNote, Note, NoteChange } from './note.ts'
import { deskTables, type NoteRow } from './tables.ts'

/** The most per owner; a few more if they are added in the same commit. */
export const notesMax = 1000

/** The rules of desk. Knows no HTTP. */
export function deskService(context: Context) {
  const { store, clock, id } = context
  const { notes } = deskTables(store.columns)
  const insert = insertInto(notes, {
    leave: ['version'],
    where: `NOT EXISTS (SELECT 1 FROM notes own WHERE own.created_by = i.created_by
      LIMIT 1 OFFSET ${notesMax - 1})`,
    order: 'created_by, title',
  })
  const batch = createBatch(store, insert)
  context.prune(prunableIdempotencyKeys(store))
  context.onUsersRemoved(forget)

  function create(creation: Creation<NewNote>): Promise<Created<Note>> {
    const { body, caller, idempotencyKey } = creation
    const { title, text = '' } = body
    const row = { id: id(), title, text, created_by: caller.id, created: clock() }
    return createOnce(store, {
      idempotencyKey,
      value: toNote(row),
      write: (response) => batch.add(row, response),
      explain: async () => {
        const isTaken = and(eq(notes.created_by, caller.id), eq(notes.title, title))
        return (await store.db.$count(notes, isTaken)) > 0 ? titleTaken() : tooMany()
      },
    })
  }

  /** Newest first. */
  async function list(query: PageQuery): Promise<Page<Note>> {
    const before = readCursor(query, isId)
    const rows = await store.db
      .select()
      .from(notes)
      .where(before ? lt(notes.id, before) : undefined)
      .orderBy(desc(notes.id))
      .limit(rowsToAsk(query))
    const page = toPage(rows, query, (last) => last.id)
    return { ...page, items: page.items.map(toNote) }
  }

  /** @throws 404 */
  async function find(id: string): Promise<NoteRow> {
    const [row] = await store.db.select().from(notes).where(eq(notes.id, id))
    if (row) return row
    throw notFound('note', id)
  }

  async function get(id: string): Promise<Versioned<Note>> {
    const row = await find(id)
    return { value: toNote(row), version: row.version }
  }

  async function change(id: string, given: Change<NoteChange>): Promise<Versioned<Note>> {
    const [row] = await store.db
      .update(notes)
      .set({ ...given.body, version: sql`${notes.version} + 1` })
      .where(isAllowed(id, given))
      .returning()
      .catch((error: unknown) => {
        throw violation(error) === 'unique' ? titleTaken() : error
      })
    if (!row) throw await explainMiss(id, given.caller)
    return { value: toNote(row), version: row.version }
  }

  async function remove(id: string, given: Change<unknown>): Promise<void> {
    const [row] = await store.db
      .delete(notes)
      .where(isAllowed(id, given))
      .returning({ id: notes.id })
    if (!row) throw await explainMiss(id, given.caller)
  }

  // Permission and version are checked in the statement itself.
  function isAllowed(id: string, { caller, ifMatch }: Change<unknown>) {
    const isOwn = isAdministrator(caller) ? undefined : eq(notes.created_by, caller.id)
    return and(eq(notes.id, id), isOwn, ifMatch && inArray(notes.version, ifMatch))
  }

  async function explainMiss(id: string, caller: Caller): Promise<ProblemError> {
    requireOwner(caller, (await find(id)).created_by)
    return preconditionFailed()
  }

  async function forget(userIds: string[]): Promise<void> {
    await store.db.delete(notes).where(inArray(notes.created_by, userIds))
  }

  return { list, create, get, change, remove }
}

export type DeskService = ReturnType<typeof deskService>

function toNote({ id, title, text, created_by, created }: Omit<NoteRow, 'version'>): Note {
  return { id, title, text, created_by, created: toInstant(created) ?? '' }
}

function titleTaken(): ProblemError {
  return conflict('note_title_taken', 'You have one with this title. Choose another title.')
}

function tooMany(): ProblemError {
  return conflict('too_many_notes', `The limit is ${notesMax} notes. Delete one first.`)
}
