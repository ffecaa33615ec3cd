import { Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { and, desc, eq, inArray, lt, or, sql, type SQL } from 'drizzle-orm'
import { isAdministrator, requireOwner, type Caller } from '../../shared/access.ts'
import type { Created, Versioned } from '../../shared/answer.ts'
import type { Context } from '../../shared/context.ts'
import { toEtag } from '../../shared/etag.ts'
import { findAnswer, toRepeatable, type RepeatKey } from '../../shared/idempotency.ts'
import { toInstant } from '../../shared/instant.ts'
import { readCursor, rowsToAsk, toPage, type Page, type PageQuery } from '../../shared/page.ts'
import { notFound, preconditionFailed, ProblemError, unavailable } from '../../shared/problem.ts'
import {
  FileHash,
  type FileChange,
  type FileRecord,
  type FileUsage,
} from '../../shared/schemas/file.ts'
import { violation } from '../../shared/store/error.ts'
import type { Contents, Received } from './contents.ts'
import { toSearchName } from './file-name.ts'
import type { FileRow, FilesTables } from './tables.ts'

export interface FileQuery extends PageQuery {
  q?: string | undefined
  owner?: string | undefined
}

/** One record: which bytes, whose. An administrator may name the owner. */
export interface FileChoice {
  file_hash: string
  caller: Caller
  owner?: string | undefined
}

// Each attempt loses only to another request of the same user that changed the same record.
const attemptsMax = 5
// Whoever had many files must not hold up those who write meanwhile.
const forgottenAtOnce = 100

/** Who calls which bytes what: add, find, list, rename, remove. */
export function createFiles(context: Context, tables: FilesTables, contents: Contents) {
  const { store, clock, config } = context
  const { files, contents: contentsTable } = tables
  const select = () =>
    store.db
      .select({ file: files, size: contentsTable.size })
      .from(files)
      .innerJoin(contentsTable, eq(contentsTable.file_hash, files.file_hash))

  /** @throws 404 unless the caller has it, or is an administrator and somebody has it */
  async function find({ file_hash, caller, owner }: FileChoice): Promise<FoundFile> {
    const wanted = owner ?? (isAdministrator(caller) ? undefined : caller.id)
    const [row] = await select()
      .where(and(eq(files.file_hash, file_hash), wanted ? eq(files.owner, wanted) : undefined))
      // An administrator's own comes first, then the oldest.
      .orderBy(sql`CASE WHEN ${files.owner} = ${caller.id} THEN 0 ELSE 1 END`, files.created)
      .limit(1)
    if (!row || !mayUse(caller, row.file.owner)) throw notFound('file', file_hash)
    return row
  }

  async function findOf(owner: string, file_hash: string): Promise<FoundFile | undefined> {
    const [row] = await select().where(and(eq(files.file_hash, file_hash), eq(files.owner, owner)))
    return row
  }

  /** Adds a record of what was received, or answers the one that is there. */
  async function add(
    received: Received,
    { file_name, caller, repeat }: { file_name: string; caller: Caller; repeat?: RepeatKey },
  ): Promise<Created<FileRecord> & { existing: boolean }> {
    const { file_hash, file_type, size } = received
    const row = { file_hash, file_name, file_type, owner: caller.id, created: clock(), version: 1 }
    const value = toRecord({ file: { ...row, search_name: '' }, size })
    try {
      for (let attempt = 0; attempt < attemptsMax; attempt++) {
        const answer = await findAnswer<FileRecord>(store, repeat)
        if (answer) return { value: answer, replayed: true, existing: false }
        if (await insert(row, received, toRepeatable(repeat, value))) {
          return { value, replayed: false, existing: false }
        }
        const there = await findOf(caller.id, file_hash)
        if (there) return { value: toRecord(there), replayed: false, existing: true }
        await requireQuota(caller, size)
      }
    } finally {
      await contents.settle(received)
    }
    throw unavailable('file_busy', 'The same file is being changed all the time. Repeat.')
  }

  async function insert(
    row: Omit<FileRow, 'search_name'>,
    { blob_key, file_hash, size }: Received,
    repeatable: ReturnType<typeof toRepeatable>,
  ): Promise<boolean> {
    const { owners, idempotency_keys } = tables
    // The first two rows are locked by being written, so that neither the sum nor the contents
    // can change before the last statement reads them; always in this order, so nobody deadlocks.
    const statements = [
      sql`INSERT INTO ${owners} (owner) VALUES (${row.owner})
        ON CONFLICT (owner) DO UPDATE SET owner = excluded.owner`,
      sql`INSERT INTO ${contentsTable} (file_hash, blob_key, size)
        VALUES (${file_hash}, ${sql.param(blob_key, contentsTable.blob_key)}, ${size})
        ON CONFLICT (file_hash) DO UPDATE SET size = excluded.size`,
      repeatable &&
        store.db
          .insert(idempotency_keys)
          .values({ ...repeatable, created: row.created })
          .getSQL(),
      sql`INSERT INTO ${files} (file_hash, owner, file_name, search_name, file_type, created)
        SELECT ${file_hash}, ${row.owner}, ${row.file_name}, ${toSearchName(row.file_name)},
          ${row.file_type}, ${sql.param(row.created, files.created)}
        WHERE (${usage(row.owner)}) + ${size} <= ${config.userQuota_bytes}
        ON CONFLICT DO NOTHING`,
    ]
    try {
      return await store.atomically(statements.filter((statement) => statement !== undefined))
    } catch (error) {
      // Another request with this key was faster; its answer is there now.
      if (repeatable && violation(error) === 'unique') return false
      throw error
    }
  }

  function usage(owner: string): SQL {
    return sql`SELECT coalesce(sum(c.size), 0) FROM ${files} f
      JOIN ${contentsTable} c ON c.file_hash = f.file_hash WHERE f.owner = ${owner}`
  }

  /**
   * Refuses what cannot fit before it is sent. What the user may have already is let through.
   * @throws 403 when the quota has no room for so many bytes
   */
  async function requireRoom(caller: Caller, size: number): Promise<void> {
    const sameSize = and(eq(files.owner, caller.id), eq(contentsTable.size, size))
    const [known] = await select().where(sameSize).limit(1)
    if (!known) await requireQuota(caller, size)
  }

  async function requireQuota(caller: Caller, size: number): Promise<void> {
    const { used_bytes, quota_bytes } = await readUsage(caller)
    const free = quota_bytes - used_bytes
    if (size > free) throw quotaExceeded(quota_bytes, Math.max(0, free))
  }

  /** How much the caller has, and may have. */
  async function readUsage(caller: Caller): Promise<FileUsage> {
    const [row] = await store.rows<{ used: number }>(sql`SELECT (${usage(caller.id)}) AS used`)
    return { used_bytes: Number(row?.used ?? 0), quota_bytes: config.userQuota_bytes }
  }

  /** The newest first. */
  async function list(caller: Caller, query: FileQuery): Promise<Page<FileRecord>> {
    const after = readCursor(query, isPosition)
    const owner = query.owner ?? (isAdministrator(caller) ? undefined : caller.id)
    if (owner !== undefined) requireOwner(caller, owner)
    const rows = await select()
      .where(
        and(
          owner === undefined ? undefined : eq(files.owner, owner),
          query.q ? matchName(files.search_name, query.q) : undefined,
          after && beforePosition(after),
        ),
      )
      .orderBy(desc(files.created), desc(files.file_hash), desc(files.owner))
      .limit(rowsToAsk(query))
    const page = toPage(rows, query, ({ file }) => [file.created, file.file_hash, file.owner])
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
    choice: FileChoice & { body: FileChange; accepted: number[] | undefined },
  ): Promise<Versioned<FileRecord>> {
    const { file, size } = await find(choice)
    const { file_name } = choice.body
    const rows = await store.db
      .update(files)
      .set({
        ...choice.body,
        search_name: toSearchName(file_name),
        version: sql`${files.version} + 1`,
      })
      .where(sameRecord(file, choice.accepted))
      .returning()
    if (rows[0]) return toVersioned({ file: rows[0], size })
    throw await whyNot(choice)
  }

  async function remove(choice: FileChoice & { accepted: number[] | undefined }): Promise<void> {
    const { file } = await find(choice)
    const rows = await store.db
      .delete(files)
      .where(sameRecord(file, choice.accepted))
      .returning({ owner: files.owner })
    if (rows.length > 0) return contents.free(file.file_hash)
    throw await whyNot(choice)
  }

  /** Removes the records of users who are no more, and the bytes that only they had. */
  async function forget(owners: string[]): Promise<void> {
    for (;;) {
      const rows = await store.db
        .select({ file_hash: files.file_hash })
        .from(files)
        .where(inArray(files.owner, owners))
        .limit(forgottenAtOnce)
      if (rows.length === 0) return
      const hashes = [...new Set(rows.map(({ file_hash }) => file_hash))]
      await store.db
        .delete(files)
        .where(and(inArray(files.owner, owners), inArray(files.file_hash, hashes)))
      for (const hash of hashes) await contents.free(hash)
    }
  }

  // Somebody else was faster: removed it, or changed it if the caller minds.
  async function whyNot(choice: FileChoice & { accepted: number[] | undefined }) {
    if (!choice.accepted) return notFound('file', choice.file_hash)
    await find(choice)
    return preconditionFailed()
  }

  function sameRecord({ file_hash, owner }: FileRow, accepted: number[] | undefined) {
    return and(
      eq(files.file_hash, file_hash),
      eq(files.owner, owner),
      accepted && inArray(files.version, accepted),
    )
  }

  return { find, findOf, add, requireRoom, readUsage, list, get, change, remove, forget }
}

export type Files = ReturnType<typeof createFiles>

export interface FoundFile {
  file: FileRow
  size: number
}

function mayUse(caller: Caller, owner: string): boolean {
  return isAdministrator(caller) || caller.id === owner
}

// `%` and `_` of the caller's mean themselves.
function matchName(column: FilesTables['files']['search_name'], q: string): SQL {
  const pattern = `%${toSearchName(q).replace(/[\\%_]/g, '\\$&')}%`
  return sql`${column} LIKE ${pattern} ESCAPE '\\'`
}

function toRecord({ file, size }: FoundFile): FileRecord {
  const { file_hash, file_name, file_type, created, owner } = file
  return { file_hash, file_name, file_type, size, created: toInstant(created) ?? '', owner }
}

function toVersioned(found: FoundFile): Versioned<FileRecord> {
  return { value: toRecord(found), etag: toEtag(found.file.version) }
}

function quotaExceeded(quota: number, free: number): ProblemError {
  return new ProblemError({
    status: 403,
    code: 'quota_exceeded',
    detail: `Your files may have ${quota} bytes together; ${free} are free. Delete some first.`,
    members: { quota_bytes: quota, free_bytes: free },
  })
}

const Position = Type.Tuple([Type.Integer(), FileHash, Type.String({ maxLength: 255 })])
type Position = [created: number, file_hash: string, owner: string]

function isPosition(value: unknown): value is Position {
  return Value.Check(Position, value)
}
