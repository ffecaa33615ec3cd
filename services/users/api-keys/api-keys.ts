import { and, asc, eq, gt, inArray, isNull, lt, or, sql } from 'drizzle-orm'
import { isAdministrator, requireOwner, type Caller } from '../../../shared/access.ts'
import { createApiKey, hashApiKey } from '../../../shared/api-key.ts'
import type { Context } from '../../../shared/context.ts'
import type { Prunable } from '../../../shared/host/prune.ts'
import type { Origin, SecurityLog } from '../../../shared/host/security-log.ts'
import { readInstant, toInstant } from '../../../shared/instant.ts'
import { conflict, invalid, notFound } from '../../../shared/problem.ts'
import type {
  ApiKey,
  ApiKeyOwner,
  CreatedApiKey,
  NewApiKey,
} from '../../../shared/schemas/api-key.ts'
import { isId } from '../../../shared/schemas/primitive.ts'
import type { Allowance, Attempts } from '../attempts.ts'
import type { Standing } from '../standing.ts'
import type { UsersTables } from '../tables.ts'
import { day_ms, minute_ms } from '../../../shared/duration.ts'

const lifeByDefault_ms = 90 * day_ms
const lifeMax_ms = 366 * day_ms
// One for each script and machine of a person; bounds a user's rows.
const keysPerUserMax = 20
// Creating and revoking in a loop must not fill the security log, where each is a row.
const perDay: Allowance = {
  count: 100,
  window_ms: day_ms,
  costMax_ms: day_ms / 100,
  code: 'too_many_api_keys',
  what: 'API keys made today',
}
// Expired keys stay listed, so that the owner of a broken script can see why.
const keepExpired_ms = 30 * day_ms
// Precision of `last_used`: a busy key is written this often.
const lastUseEvery_ms = minute_ms
const keysAtOnce = 200

type Row = UsersTables['apiKeys']['$inferSelect']

interface KeyContext extends Pick<Context, 'store' | 'clock' | 'id'> {
  config: Pick<Context['config'], 'services'>
}

export interface ApiKeyRequest {
  caller: Caller
  origin: Origin
}

interface ApiKeysOptions {
  attempts: Attempts
  security: SecurityLog
  standing: Standing
}

/**
 * API keys: created, listed, revoked by their owners; other services look up the owner of a key.
 */
export function createApiKeys(
  { store, clock, config, id: newId }: KeyContext,
  { users, apiKeys, groupMembers }: UsersTables,
  { attempts, security, standing }: ApiKeysOptions,
) {
  const used = new Set<string>()

  /** @throws 409 at the limit, 422 for an invalid scope or expiry, 429 */
  async function create(
    body: NewApiKey,
    { caller, origin }: ApiKeyRequest,
  ): Promise<CreatedApiKey> {
    const now = clock()
    const expires = readExpiry(body.expires, now)
    requireServices(body.scopes, config.services)
    await attempts.consume(`api-keys:${caller.id}`, perDay)
    const key = createApiKey()
    const row = {
      id: newId(),
      name: body.name,
      key_hash: hashApiKey(key),
      scopes: [...new Set(body.scopes)].join(' '),
      created: now,
      expires,
    }
    if (!(await insert(row, caller.id))) {
      const detail = `You have ${keysPerUserMax} keys. Revoke one first.`
      throw conflict('too_many_api_keys', detail)
    }
    security('api_key_created', { actor: caller.id, user: caller.id, key: row.id, origin })
    return { ...toApiKey({ ...row, user_id: caller.id, last_used: null }), key }
  }

  // Concurrent requests are serialized, so that the limit holds.
  async function insert(row: Omit<Row, 'user_id' | 'last_used'>, userId: string) {
    if (!isId(userId)) throw notFound('user', userId)
    const isTheirs = eq(apiKeys.user_id, userId)
    const values = Object.entries(row).map(([name, value]) =>
      sql.param(value, apiKeys[name as keyof typeof row]),
    )
    return store.atomically([
      sql`SELECT id FROM ${users} WHERE ${eq(users.id, userId)} ${store.rowLock}`,
      sql`INSERT INTO ${apiKeys} (user_id, ${sql.raw(Object.keys(row).join(', '))})
        SELECT ${users.id}, ${sql.join(values, sql`, `)} FROM ${users}
        WHERE ${eq(users.id, userId)}
          AND (SELECT count(*) FROM ${apiKeys} WHERE ${isTheirs}) < ${keysPerUserMax}`,
    ])
  }

  /** @param userId the owner; administrators may name another user */
  async function list(caller: Caller, userId = caller.id): Promise<ApiKey[]> {
    requireOwner(caller, userId)
    if (!isId(userId)) return []
    const rows = await store.db
      .select()
      .from(apiKeys)
      .where(eq(apiKeys.user_id, userId))
      .orderBy(asc(apiKeys.created), asc(apiKeys.id))
      .limit(keysPerUserMax)
    return rows.map(toApiKey)
  }

  /** @throws 404 when it is gone or not the caller's */
  async function revoke(id: string, { caller, origin }: ApiKeyRequest): Promise<void> {
    const may = isAdministrator(caller) ? standing.holds(caller) : eq(apiKeys.user_id, caller.id)
    const isTheirs = and(eq(apiKeys.id, id), may)
    const [found] = await store.db.select().from(apiKeys).where(isTheirs)
    const removal = store.db.delete(apiKeys).where(isTheirs).getSQL()
    if (!found || !(await store.atomically([standing.lock(caller), removal]))) {
      await standing.require(caller)
      throw notFound('api_key', id)
    }
    security('api_key_revoked', { actor: caller.id, user: found.user_id, key: id, origin })
  }

  /**
   * The owner and rights of a key, as of now. @throws 404 if there is none, or they are disabled
   */
  async function findOwner(key_hash: string): Promise<ApiKeyOwner> {
    const rows = await store.db
      .select({ key: apiKeys, user: users, group_id: groupMembers.group_id })
      .from(apiKeys)
      .innerJoin(users, eq(users.id, apiKeys.user_id))
      .leftJoin(groupMembers, eq(groupMembers.user_id, users.id))
      .where(
        and(eq(apiKeys.key_hash, key_hash), gt(apiKeys.expires, clock()), isNull(users.disabled)),
      )
    const [found] = rows
    if (!found) throw notFound('api_key', key_hash)
    const { key, user } = found
    used.add(key.id)
    return {
      id: key.id,
      user_id: user.id,
      role: user.role as ApiKeyOwner['role'],
      email: user.email,
      groups: rows.flatMap(({ group_id }) => group_id ?? []),
      generation: user.generation,
      scopes: key.scopes.split(' '),
      expires: toInstant(key.expires) ?? '',
    }
  }

  // A write per request would cost more than most requests.
  async function recordUse(): Promise<void> {
    const ids = [...used]
    used.clear()
    const now = clock()
    const isOld = or(isNull(apiKeys.last_used), lt(apiKeys.last_used, now - lastUseEvery_ms / 2))
    for (let at = 0; at < ids.length; at += keysAtOnce) {
      const some = inArray(apiKeys.id, ids.slice(at, at + keysAtOnce))
      await store.db.update(apiKeys).set({ last_used: now }).where(and(some, isOld))
    }
  }

  return {
    create,
    list,
    revoke,
    findOwner,
    recordUse,
    recordUseEvery_s: lastUseEvery_ms / 1000,
    prunable: {
      name: 'expired API keys',
      table: apiKeys,
      key: apiKeys.id,
      since: apiKeys.expires,
      keepFor_ms: keepExpired_ms,
    } satisfies Prunable,
  }
}

export type ApiKeys = ReturnType<typeof createApiKeys>

function readExpiry(given: string | undefined, now_ms: number): number {
  if (given === undefined) return now_ms + lifeByDefault_ms
  const expires = readInstant(given) ?? -Infinity
  if (expires > now_ms && expires <= now_ms + lifeMax_ms) return expires
  const latest = toInstant(now_ms + lifeMax_ms)
  throw invalid([
    { pointer: '#/expires', detail: `must be in the future, ${latest} at the latest` },
  ])
}

// A misspelt scope would grant nothing, without any hint why.
function requireServices(scopes: readonly string[], services: readonly string[]): void {
  const errors = scopes.flatMap((scope, at) => {
    const [service, level] = scope.split(':')
    if (level === undefined || (service && services.includes(service))) return []
    const detail = `there is no service ${service}; use ${services.join(', ')}`
    return [{ pointer: `#/scopes/${at}`, detail }]
  })
  if (errors.length > 0) throw invalid(errors)
}

function toApiKey({ id, name, scopes, created, expires, last_used }: Row): ApiKey {
  return {
    id,
    name,
    scopes: scopes.split(' '),
    created: toInstant(created) ?? '',
    expires: toInstant(expires) ?? '',
    last_used: last_used === null ? null : toInstant(last_used),
  }
}
