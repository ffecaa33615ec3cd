import { hash } from 'node:crypto'
import { sql, type SQL } from 'drizzle-orm'
import type { Caller } from './access.ts'
import type { Created } from './answer.ts'
import type { Parameter } from './host/document.ts'
import { ProblemError } from './problem.ts'
import type { Prunable } from './host/prune.ts'
import type { StoredResponse } from '@campus/store/batch.ts'
import { placeholder, type Columns } from '@campus/store/columns.ts'
import { violation } from '@campus/store/error.ts'
import { prepareInserts } from '@campus/store/insert.ts'
import { prepareRead } from '@campus/store/prepare-read.ts'
import type { Store } from '@campus/store/store.ts'
import type { Filled } from '@campus/store/template.ts'
import { retryOnConflict } from './retry-on-conflict.ts'
import { readChange, type Change } from './version.ts'
import { day_ms } from './duration.ts'

/** A request that is safe to retry: `Idempotency-Key`, bound to its caller and its content. */
export interface IdempotencyKey {
  key: string
  request_hash: string
}

/** What identifies a request: its caller, path and body. */
export interface IdempotentRequest {
  headers: Record<string, string | undefined>
  caller: { id: string }
  path: string
  body: unknown
}

/** A creation: what, by whom, and with which idempotency key. */
export interface Creation<Body, By = Caller> {
  body: Body
  caller: By
  idempotencyKey: IdempotencyKey | undefined
}

/** A change made once: a `Change` with an idempotency key. */
export type ChangeOnce<Body> = Change<Body> & Pick<Creation<Body>, 'idempotencyKey'>

/** For the document: what `readCreation` reads. */
export const idempotencyKeyParameter: Parameter = {
  name: 'idempotency-key',
  in: 'header',
  description: 'Makes the request safe to retry for a day: the same key gets the same response',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
}

/** Reads the request of a route that creates something. */
export function readCreation<Request extends IdempotentRequest>(
  request: Request,
): Creation<Request['body'], Request['caller']> {
  return { body: request.body, caller: request.caller, idempotencyKey: readIdempotencyKey(request) }
}

/** Reads the request of a route that changes something once. */
export function readChangeOnce<Body>(
  request: IdempotentRequest & { body: Body; caller: Caller },
): ChangeOnce<Body> {
  return { ...readChange<Body>(request), idempotencyKey: readIdempotencyKey(request) }
}

/** The table of a service whose routes take idempotency keys. */
export const idempotencyTable = (c: Columns) =>
  c.table('idempotency_keys', {
    key: c.text('key').primaryKey(),
    request_hash: c.text('request_hash').notNull(),
    answer: c.text('answer').notNull(),
    created: c.instant('created').notNull(),
  })

type IdempotencyTable = ReturnType<typeof idempotencyTable>

/**
 * Reads `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header), quoted or bare.
 * @returns undefined when the request has none
 * @throws 400 when it is empty, longer than 255 characters, or not printable ASCII
 */
export function readIdempotencyKey(request: IdempotentRequest): IdempotencyKey | undefined {
  const header = request.headers['idempotency-key']
  if (header === undefined) return undefined
  const key = header.replace(/^"(.*)"$/, '$1')
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw new ProblemError({
      status: 400,
      code: 'idempotency_key_invalid',
      detail: 'Idempotency-Key must be 1 to 255 printable ASCII characters without spaces.',
    })
  }
  return {
    key: hashOf([request.caller.id, key]),
    request_hash: hashOf([request.path, request.body]),
  }
}

/** One thing to create, for `createOnce`. */
export interface Making<T> {
  idempotencyKey: IdempotencyKey | undefined
  /** The response, also to a retry; stored as JSON. */
  value: T
  /**
   * Writes the thing and the response in one commit.
   * @returns whether both were written; `Batch.add` and `writeOnce` do that
   */
  write: (response: StoredResponse | undefined) => Promise<boolean>
}

/**
 * Creates a thing, once for each idempotency key.
 * @param explain finds out why it was not created: the problem to answer with, or undefined when
 *   the obstacle is gone and it should be tried again
 * @returns the value, or the stored response of an earlier request with this key
 * @throws what `explain` returns; 422 `idempotency_key_reused` when the key came with another
 *   request; 503 when it keeps losing
 */
export function createOnce<T>(
  store: Store,
  { explain, ...making }: Making<T> & { explain: () => Promise<Error | undefined> },
): Promise<Created<T>> {
  return retryOnConflict(async () => {
    const made = await tryOnce(store, making)
    if (made) return made
    const refusal = await explain()
    if (!refusal) return undefined
    // Last: a retry of this request, sent elsewhere, may be what is in the way.
    const replay = await findReplay<T>(store, making.idempotencyKey)
    if (replay) return replay
    throw refusal
  })
}

/** One attempt. @returns undefined when it was not created, now or earlier with this key */
export async function tryOnce<T>(
  store: Store,
  { idempotencyKey, value, write }: Making<T>,
): Promise<Created<T> | undefined> {
  const response = idempotencyKey && { ...idempotencyKey, answer: JSON.stringify(value) }
  if (await write(response)) return { value, replayed: false }
  return findReplay<T>(store, idempotencyKey)
}

/**
 * Looks up the stored response. `tryOnce` does so itself; this is for what is expensive to prepare,
 * such as a password hash or a verdict.
 * @returns undefined when the key is new. Refusals are not stored: they changed nothing.
 * @throws 422 `idempotency_key_reused` when the key came with another request
 */
export async function findReplay<T>(
  store: Store,
  idempotencyKey: IdempotencyKey | undefined,
): Promise<Created<T> | undefined> {
  if (!idempotencyKey) return undefined
  const find = finders.get(store) ?? prepareFind(store)
  finders.set(store, find)
  const [row] = await find({ key: idempotencyKey.key })
  if (!row) return undefined
  if (row.request_hash === idempotencyKey.request_hash) {
    return { value: JSON.parse(row.answer) as T, replayed: true }
  }
  throw new ProblemError({
    status: 422,
    code: 'idempotency_key_reused',
    detail: 'This Idempotency-Key was used for another request. Use a new key for a new request.',
  })
}

// Used by nearly every creation, so built once per store.
const finders = new WeakMap<Store, ReturnType<typeof prepareFind>>()

function prepareFind(store: Store) {
  const table = idempotencyTable(store.columns)
  const tail = sql`FROM ${table} WHERE ${table.key} = ${placeholder(table.key)}`
  return prepareRead(store, table, { columns: ['request_hash', 'answer'], tail })
}

interface Once {
  response: StoredResponse | undefined
  /** Milliseconds since 1970. */
  now_ms: number
  /** As `Store.atomically` has it. */
  turn?: string | undefined
}

/** `store.atomically` for a `Making`: the response is stored in the same transaction. */
export async function writeOnce(
  store: Store,
  statements: (SQL | Filled)[],
  { response, now_ms, turn }: Once,
): Promise<boolean> {
  if (!response) return store.atomically(statements, turn)
  const stored = storeResponses(store, [response], now_ms)
  try {
    // Requests with one key run one after the other.
    return await store.atomically([...stored, ...statements], turn && `${turn} ${response.key}`)
  } catch (error) {
    // Another request with this key was faster; its response is there now.
    if (violation(error) === 'unique') return false
    throw error
  }
}

/** The statements that store responses, for `atomically`; none without responses. */
export function storeResponses(
  store: Store,
  responses: readonly (StoredResponse | undefined)[],
  now_ms: number,
): Filled[] {
  const insert = inserters.get(store) ?? prepareInserts(store, idempotencyTable(store.columns))
  inserters.set(store, insert)
  const rows = responses.flatMap((response) => response ?? [])
  return insert(rows.map((response) => ({ ...response, created: now_ms })))
}

const inserters = new WeakMap<Store, ReturnType<typeof prepareInserts<IdempotencyTable>>>()

// A client that comes back after a day is not retrying.
const keepFor_ms = day_ms

/** The stored responses, to be pruned after a day. */
export function prunableIdempotencyKeys({ columns }: Store): Prunable {
  const table = idempotencyTable(columns)
  return { name: 'idempotency keys', table, key: table.key, since: table.created, keepFor_ms }
}

function hashOf(value: unknown): string {
  return hash('sha256', JSON.stringify(value), 'hex')
}
