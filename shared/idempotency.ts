import { sql } from 'drizzle-orm'
import type { Caller } from './access.ts'
import type { Parameter } from './host/document.ts'
import { ProblemError } from './problem.ts'
import type { Prunable } from './host/prune.ts'
import type { StoredResponse } from './store/batch.ts'
import type { Columns } from './store/columns.ts'
import type { Store } from './store/store.ts'

/** A request its sender may repeat: `Idempotency-Key`, bound to its caller and its content. */
export interface IdempotencyKey {
  key: string
  request_hash: string
}

/** What of a request makes it the same one: who asked for what, where. */
export interface IdempotentRequest {
  headers: Record<string, string | undefined>
  caller: { id: string }
  path: string
  body: unknown
}

/** Making one thing: what, by whom, and under which idempotency key. */
export interface Creation<Body, By = Caller> {
  body: Body
  caller: By
  idempotencyKey: IdempotencyKey | undefined
}

/** For the document: what `readCreation` reads. */
export const idempotencyKeyParameter: Parameter = {
  name: 'idempotency-key',
  in: 'header',
  description: 'Makes the request safe to retry for a day: the same key gets the same response',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
}

/** What a route that makes something is asked for. */
export function readCreation<Request extends IdempotentRequest>(
  request: Request,
): Creation<Request['body'], Request['caller']> {
  return { body: request.body, caller: request.caller, idempotencyKey: readIdempotencyKey(request) }
}

/** The table a service with creates must have among its own. */
export const idempotencyTable = (c: Columns) =>
  c.table('idempotency_keys', {
    key: c.text('key').primaryKey(),
    request_hash: c.text('request_hash').notNull(),
    answer: c.text('answer').notNull(),
    created: c.instant('created').notNull(),
  })

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
  return { key: hash([request.caller.id, key]), request_hash: hash([request.path, request.body]) }
}

export function toStoredResponse(
  idempotencyKey: IdempotencyKey | undefined,
  answer: unknown,
): StoredResponse | undefined {
  return idempotencyKey && { ...idempotencyKey, answer: JSON.stringify(answer) }
}

/**
 * Looks up what was answered the first time.
 * @returns undefined when the key is new. Refusals are not remembered: they changed nothing.
 * @throws 422 `idempotency_key_reused` when the key came with another request
 */
export async function findStoredResponse<T>(
  store: Store,
  idempotencyKey: IdempotencyKey | undefined,
): Promise<T | undefined> {
  if (!idempotencyKey) return undefined
  const { key, request_hash } = idempotencyKey
  const query = sql`SELECT request_hash, answer FROM idempotency_keys WHERE key = ${key}`
  const [row] = await store.rows<{ request_hash: string; answer: string }>(query)
  if (!row) return undefined
  if (row.request_hash === request_hash) return JSON.parse(row.answer) as T
  throw new ProblemError({
    status: 422,
    code: 'idempotency_key_reused',
    detail: 'This Idempotency-Key was used for another request. Use a new key for a new request.',
  })
}

// A client that repeats after a day is not repeating.
const keepFor_ms = 24 * 60 * 60 * 1000

/** The keys a service remembers, for as long as it must. */
export function prunableIdempotencyKeys({ columns }: Store): Prunable {
  const table = idempotencyTable(columns)
  return { name: 'idempotency keys', table, key: table.key, since: table.created, keepFor_ms }
}

function hash(value: unknown): string {
  return new Bun.CryptoHasher('sha256').update(JSON.stringify(value)).digest('hex')
}
