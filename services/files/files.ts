import { Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { and, desc, eq, inArray, lt, or, sql, type SQL } from 'drizzle-orm'
import { isAdministrator, requireOwner, type Caller } from '../../shared/access.ts'
import { withVersion, type CreatedVersion, type Versioned } from '../../shared/answer.ts'
import type { Context } from '../../shared/context.ts'
import { fold } from '../../shared/fold.ts'
import { retryOnConflict } from '../../shared/retry-on-conflict.ts'
import { firstVersion, type Change } from '../../shared/version.ts'
import { tryOnce, writeOnce, type IdempotencyKey } from '../../shared/idempotency.ts'
import { toInstant } from '../../shared/instant.ts'
import {
  pageReader,
  readCursor,
  rowsToAsk,
  toPage,
  type Page,
  type PageQuery,
} from '../../shared/page.ts'
import { conflict, notFound, preconditionFailed } from '../../shared/problem.ts'
import { FileHash, type FileChange, type FileRecord } from '../../shared/schemas/file.ts'
import type { StoredResponse } from '@campus/store/batch.ts'
import { placeholder } from '@campus/store/columns.ts'
import { contains } from '@campus/store/contains.ts'
import { prepareRead } from '@campus/store/prepare-read.ts'
import type { Contents, Received } from './contents.ts'
import type { Pins } from './pins.ts'
import type { Quota, Room } from './quota.ts'
import type { FileRow, FilesTables } from './tables.ts'

export interface FileQuery extends PageQuery {
  q?: string | undefined
  owner?: string | undefined
}

/** A record: bytes and owner. Administrators may name the owner. */
export interface FileChoice {
  file_hash: string
  caller: Caller
  owner?: string | undefined
}

type IfMatch = Pick<Change<unknown>, 'ifMatch'>

export interface NewFile {
  file_name: string
  caller: Caller
  idempotencyKey?: IdempotencyKey
  /** How many of its bytes already count as pending. */
  reserved?: number
}

// A user with many files must not block other writers.
const forgottenAtOnce = 100

/** Records of files: add, find, list, rename, remove. */
export function createFiles(
  { store, clock }: Pick<Context, 'store' | 'clock'>,
  { files, owners, contents: contentsTable }: FilesTables,
  { contents, pins, quota }: { contents: Contents; pins: Pins; quota: Quota },
) {
  const findRecord = prepareRead(store, files, {
    tail: sql`FROM ${files} WHERE ${files.file_hash} = ${placeholder(files.file_hash)}
      AND ${files.owner} = ${placeholder(files.owner)}`,
  })

  /** @throws 404 unless the caller has it, or is an administrator and somebody has it */
  async function find({ file_hash, caller, owner }: FileChoice): Promise<FileRow> {
    const isAnybodys = owner === undefined && isAdministrator(caller)
    const row = isAnybodys
      ? await findAnybodys(file_hash, caller.id)
      : await findOf(owner ?? caller.id, file_hash)
    if (!row || !mayUse(caller, row.owner)) throw notFound('file', file_hash)
    return row
  }

  /** The caller's own first, then the oldest. */
  async function findAnybodys(file_hash: string, callerId = ''): Promise<FileRow | undefined> {
    const [row] = await store.db
      .select()
      .from(files)
      .where(eq(files.file_hash, file_hash))
      .orderBy(sql`CASE WHEN ${files.owner} = ${callerId} THEN 0 ELSE 1 END`, files.created)
      .limit(1)
    return row
  }

  async function findOf(owner: string, file_hash: string): Promise<FileRow | undefined> {
    const [row] = await findRecord({ owner, file_hash })
    return row
  }

  /** Adds a record of received bytes, or returns the existing one. */
  async function add(
    received: Received,
    { file_name, caller, idempotencyKey, reserved }: NewFile,
  ): Promise<CreatedVersion<FileRecord> & { existing: boolean }> {
    const { file_hash, file_type, size } = received
    const owner = caller.id
    const version = firstVersion()
    const row = { file_hash, file_name, file_type, size, owner, created: clock(), version }
    const value = { ...toRecord(row), version }
    const room = { owner, size, ...(reserved && { reserved }) }
    const write = (response: StoredResponse | undefined) =>
      insert(row, received, { room, response })
    try {
      // An attempt fails only when another request of the same user for the same record comes
      // first.
      return await retryOnConflict(async () => {
        const made = await tryOnce(store, { idempotencyKey, value, write })
        if (made) return { ...withVersion(made), existing: false }
        const there = await findOf(owner, file_hash)
        if (there) {
          const { version: earlier } = there
          return { value: toRecord(there), version: earlier, replayed: false, existing: true }
        }
        await quota.requireRoom(room)
        return undefined
      })
    } finally {
      await contents.discardUnlessKept(received)
    }
  }

  async function insert(
    row: NewRow,
    { blob_key, file_hash, size }: Received,
    { room, response }: { room: Room; response: StoredResponse | undefined },
  ): Promise<boolean> {
    // Writing the first two rows locks them, so that neither the sum nor the contents can change
    // before the last statement reads them. The order is always the same, to avoid deadlocks.
    const statements = [
      quota.lock(row.owner),
      sql`INSERT INTO ${contentsTable} (file_hash, blob_key, size)
        VALUES (${file_hash}, ${sql.param(blob_key, contentsTable.blob_key)}, ${size})
        ON CONFLICT (file_hash) DO UPDATE SET size = excluded.size`,
      sql`INSERT INTO ${files}
          (file_hash, owner, file_name, search_name, file_type, size, created, version)
        SELECT ${file_hash}, ${row.owner}, ${row.file_name}, ${fold(row.file_name)},
          ${row.file_type}, ${size}, ${sql.param(row.created, files.created)},
          ${row.version}
        FROM ${owners} WHERE ${quota.hasRoom(room)}
        ON CONFLICT DO NOTHING`,
    ]
    return writeOnce(store, statements, { response, now_ms: row.created })
  }

  /** Newest first. */
  async function list(caller: Caller, query: FileQuery): Promise<Page<FileRecord>> {
    const after = readCursor(query, isPosition)
    const owner = query.owner ?? (isAdministrator(caller) ? undefined : caller.id)
    if (owner !== undefined) requireOwner(caller, owner)
    // Scans all visible files to fill a page of matching names.
    const { db } = pageReader(store, query, caller)
    const rows = await db
      .select()
      .from(files)
      .where(
        and(
          owner === undefined ? undefined : eq(files.owner, owner),
          query.q ? contains(files.search_name, fold(query.q)) : undefined,
          after && beforePosition(after),
        ),
      )
      .orderBy(desc(files.created), desc(files.file_hash), desc(files.owner))
      .limit(rowsToAsk(query))
    const page = toPage(rows, query, (file) => [file.created, file.file_hash, file.owner])
    return { ...page, items: page.items.map(toRecord) }
  }

  function beforePosition([created, hash, owner]: Position): SQL | undefined {
    const sameTime = eq(files.created, created)
    return or(
      lt(files.created, created),
      and(sameTime, lt(files.file_hash, hash)),
      and(sameTime, eq(files.file_hash, hash), lt(files.owner, owner)),
    )
  }

  async function get(choice: FileChoice): Promise<Versioned<FileRecord>> {
    return toVersioned(await find(choice))
  }

  async function change(
    choice: FileChoice,
    { body, ifMatch }: Change<FileChange>,
  ): Promise<Versioned<FileRecord>> {
    const file = await find(choice)
    const rows = await store.db
      .update(files)
      .set({
        ...body,
        search_name: fold(body.file_name),
        version: sql`${files.version} + 1`,
      })
      .where(isRecord(file, ifMatch))
      .returning()
    if (rows[0]) return toVersioned(rows[0])
    throw await explainMiss(choice, ifMatch)
  }

  async function remove(choice: FileChoice, { ifMatch }: IfMatch): Promise<void> {
    const file = await find(choice)
    const isPinned = pins.isPinned(file.owner, file.file_hash)
    const record = and(isRecord(file, ifMatch), sql`NOT ${isPinned}`)
    if (await removeRecord(file.owner, record)) return contents.free(file.file_hash)
    const [inUse] = await store.rows(sql`SELECT 1 AS one WHERE ${isPinned}`)
    throw inUse ? fileInUse() : await explainMiss(choice, ifMatch)
  }

  function removeRecord(owner: string, record: SQL | undefined) {
    return store.atomically([quota.lock(owner), sql`DELETE FROM ${files} WHERE ${record}`])
  }

  /** Removes files of removed accounts, and bytes that only they had. */
  async function forget(gone: string[]): Promise<void> {
    await pins.forget(gone)
    for (;;) {
      const rows = await store.db
        .select({ file_hash: files.file_hash, owner: files.owner })
        .from(files)
        .where(inArray(files.owner, gone))
        .limit(forgottenAtOnce)
      for (const row of rows) {
        await removeRecord(row.owner, isRecord(row))
        await contents.free(row.file_hash)
      }
      if (rows.length < forgottenAtOnce) break
    }
    const isClear = and(eq(owners.used_bytes, 0), eq(owners.pending_bytes, 0))
    await store.db.delete(owners).where(and(inArray(owners.owner, gone), isClear))
  }

  // Another request removed it first, or changed it despite `If-Match`.
  async function explainMiss(choice: FileChoice, ifMatch: number[] | undefined) {
    if (!ifMatch) return notFound('file', choice.file_hash)
    await find(choice)
    return preconditionFailed()
  }

  function isRecord(
    { file_hash, owner }: Pick<FileRow, 'file_hash' | 'owner'>,
    ifMatch?: number[],
  ) {
    return and(
      eq(files.file_hash, file_hash),
      eq(files.owner, owner),
      ifMatch && inArray(files.version, ifMatch),
    )
  }

  return { find, findOf, findAnybodys, add, list, get, change, remove, forget }
}

export type Files = ReturnType<typeof createFiles>

type NewRow = Omit<FileRow, 'search_name'>

function fileInUse() {
  const detail =
    'A booking or its handover uses this file. Remove it there first; only a manager of the ' +
    'resource can remove it from a handover.'
  return conflict('file_in_use', detail)
}

function mayUse(caller: Caller, owner: string): boolean {
  return isAdministrator(caller) || caller.id === owner
}

function toRecord(row: NewRow): FileRecord {
  const { file_hash, file_name, file_type, size, created, owner } = row
  return { file_hash, file_name, file_type, size, created: toInstant(created) ?? '', owner }
}

function toVersioned(row: FileRow): Versioned<FileRecord> {
  return { value: toRecord(row), version: row.version }
}

const Position = Type.Tuple([Type.Integer(), FileHash, Type.String({ maxLength: 255 })])
type Position = [created: number, file_hash: string, owner: string]

function isPosition(value: unknown): value is Position {
  return Value.Check(Position, value)
}
