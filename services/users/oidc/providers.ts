import { and, asc, eq, sql, type SQL } from 'drizzle-orm'
import type { Caller } from '../../../shared/access.ts'
import type { Created, Versioned } from '../../../shared/answer.ts'
import type { Context } from '../../../shared/context.ts'
import type { Origin, SecurityLog } from '../../../shared/host/security-log.ts'
import { createOnce, findReplay, writeOnce, type Creation } from '../../../shared/idempotency.ts'
import { toInstant } from '../../../shared/instant.ts'
import { conflict, invalid, notFound } from '../../../shared/problem.ts'
import type {
  GroupMapping,
  IdentityProvider,
  IdentityProviderChange,
  NewIdentityProvider,
  SignInProviderList,
} from '../../../shared/schemas/identity-provider.ts'
import { isId } from '../../../shared/schemas/primitive.ts'
import { violation } from '@campus/store/error.ts'
import { retryOnConflict } from '../../../shared/retry-on-conflict.ts'
import { requireMatch, type Change } from '../../../shared/version.ts'
import type { Links } from '../links.ts'
import type { OwnPassword } from '../own-password.ts'
import type { SealedTexts } from '../../../shared/sealed-text.ts'
import type { Standing } from '../standing.ts'
import type { UsersTables } from '../tables.ts'
import { discover, toReason } from './connection.ts'
import { toLogOutUri, toRedirectUri } from './exchange.ts'
import { isAllowedAddress } from './provider-fetch.ts'
import type { ProviderRow } from './tables.ts'

// More than an organisation has; each is a button on the sign-in page.
const providersMax = 20
const scopesDefault = ['email', 'profile']

export interface ProvidersOptions {
  links: Links
  requireOwnPassword: OwnPassword
  sealed: SealedTexts
  security: SecurityLog
  standing: Standing
}

/** The provider, and where the request comes from. */
interface Place {
  id: string
  origin: Origin
}

/** Sign-in providers, managed by administrators. */
export function createProviders(
  { store, clock }: Pick<Context, 'store' | 'clock'>,
  { users, identityProviders: providers, groupMappings }: UsersTables,
  { links, requireOwnPassword, sealed, security, standing }: ProvidersOptions,
) {
  /** @throws 404 */
  async function find(id: string): Promise<ProviderRow> {
    const [row] = await store.db.select().from(providers).where(eq(providers.id, id))
    if (!row) throw notFound('identity_provider', id)
    return row
  }

  /**
   * A provider can authenticate as anybody, so a stolen token must not add one. The operator may.
   */
  async function requirePassword(caller: Caller, given: string | undefined, origin: Origin) {
    if (!isId(caller.id)) return
    const [user] = await store.db.select().from(users).where(eq(users.id, caller.id))
    if (!user) throw notFound('user', caller.id)
    await requireOwnPassword(user, given, origin)
  }

  async function readMappings(id: string): Promise<GroupMapping[]> {
    const rows = await store.db
      .select()
      .from(groupMappings)
      .where(eq(groupMappings.provider_id, id))
    return sortMappings(
      rows.map(({ value, group_id }) =>
        group_id === null ? { value, role: 'admin' } : { value, group_id },
      ),
    )
  }

  function toProvider(row: ProviderRow, group_mappings: GroupMapping[]): IdentityProvider {
    const { sealed_secret: _, version: _version, created, scopes, ...shown } = row
    const origin = links.requireOrigin()
    return {
      ...shown,
      scopes: scopes.split(' ').filter(Boolean),
      group_mappings,
      creates_accounts: row.creates_accounts === 1,
      asks_second_factor: row.asks_second_factor === 1,
      redirect_uri: toRedirectUri(origin, row.id),
      log_out_uri: toLogOutUri(origin),
      created: toInstant(created) ?? '',
    }
  }

  const toVersioned = async (row: ProviderRow): Promise<Versioned<IdentityProvider>> => ({
    value: toProvider(row, await readMappings(row.id)),
    version: row.version,
  })

  function replaceMappings(id: string, mappings: readonly GroupMapping[]): SQL[] {
    const rows = mappings.map((mapping) => ({
      provider_id: id,
      value: mapping.value,
      group_id: 'group_id' in mapping ? mapping.group_id : null,
      role: 'role' in mapping ? mapping.role : null,
    }))
    const removal = store.db.delete(groupMappings).where(eq(groupMappings.provider_id, id)).getSQL()
    if (rows.length === 0) return [removal]
    return [removal, store.db.insert(groupMappings).values(rows).getSQL()]
  }

  async function create(
    { body, caller, idempotencyKey }: Creation<NewIdentityProvider>,
    origin: Origin,
  ): Promise<Created<IdentityProvider>> {
    const replay = await findReplay<IdentityProvider>(store, idempotencyKey)
    if (replay) return replay
    await requirePassword(caller, body.current_password, origin)
    links.requireOrigin()
    const { id, name, issuer, client_id, client_secret, group_mappings: mappings = [] } = body
    await requireFree(id)
    await requireUsable(body)
    const row = {
      id,
      name,
      issuer,
      client_id,
      sealed_secret: await sealed.seal(client_secret),
      scopes: (body.scopes ?? scopesDefault).join(' '),
      group_claim: body.group_claim ?? null,
      creates_accounts: Number(body.creates_accounts ?? false),
      asks_second_factor: Number(body.asks_second_factor ?? false),
      created: clock(),
      version: 1,
    }
    // Last, as it decides; references to it are checked at the end of the transaction.
    const insertion = store.db.insert(providers).values(row).getSQL()
    const isMade = and(eq(providers.id, id), standing.holds(caller))
    const touch = sql`UPDATE ${providers} SET version = version WHERE ${isMade}`
    const replacement = replaceMappings(id, mappings)
    const statements = [standing.lock(caller), insertion, ...replacement, touch]
    const created = await createOnce(store, {
      idempotencyKey,
      value: toProvider(row, sortMappings(mappings)),
      write: (response) =>
        writeOnce(store, statements, { response, now_ms: row.created }).catch((error: unknown) => {
          if (violation(error) === 'unique') return false
          throw explainMapping(error)
        }),
      explain: async () => {
        await standing.require(caller)
        await requireFree(id)
        return undefined
      },
    })
    if (!created.replayed) security('provider_created', { actor: caller.id, provider: id, origin })
    return created
  }

  async function requireFree(id: string): Promise<void> {
    const rows = await store.db.select({ id: providers.id }).from(providers)
    if (rows.some((row) => row.id === id)) {
      throw conflict('identity_provider_taken', `There is already a provider ${id}.`)
    }
    if (rows.length < providersMax) return
    throw conflict('too_many_providers', `There are ${providersMax} already. Remove one first.`)
  }

  /** @throws 403 for a wrong password, 404, 412 */
  async function change(options: Place & Change<IdentityProviderChange>) {
    const { id, origin, caller, ifMatch } = options
    const { current_password, ...body } = options.body
    const fields = Object.keys(body).toSorted()
    if (fields.some((field) => field !== 'name')) {
      await requirePassword(caller, current_password, origin)
    }
    return retryOnConflict(async () => {
      const before = await find(id)
      requireMatch(before.version, ifMatch)
      const {
        client_secret,
        scopes,
        group_mappings,
        creates_accounts,
        asks_second_factor,
        ...rest
      } = body
      const update = store.db
        .update(providers)
        .set({
          ...rest,
          ...(client_secret !== undefined && { sealed_secret: await sealed.seal(client_secret) }),
          ...(scopes && { scopes: scopes.join(' ') }),
          ...(creates_accounts !== undefined && { creates_accounts: Number(creates_accounts) }),
          ...(asks_second_factor !== undefined && {
            asks_second_factor: Number(asks_second_factor),
          }),
          version: before.version + 1,
        })
        .where(isStill(before, caller))
      const mappings = group_mappings ? replaceMappings(id, group_mappings) : []
      const isKept = await store
        .atomically([standing.lock(caller), lock(id), ...mappings, update.getSQL()])
        .catch((error: unknown) => {
          throw explainMapping(error)
        })
      if (!isKept) return standing.require(caller).then(() => undefined)
      security('provider_changed', { actor: caller.id, provider: id, fields, origin })
      return toVersioned(await find(id))
    })
  }

  /** Unchanged since it was read, and the caller is still an administrator. */
  const isStill = ({ id, version }: ProviderRow, caller: Caller) =>
    and(eq(providers.id, id), eq(providers.version, version), standing.holds(caller))

  function lock(id: string): SQL {
    return sql`SELECT id FROM ${providers} WHERE ${eq(providers.id, id)} ${store.rowLock}`
  }

  return {
    find,
    readMappings,
    /** The names on the sign-in page. */
    listNames: (): Promise<SignInProviderList> =>
      store.db
        .select({ id: providers.id, name: providers.name })
        .from(providers)
        .orderBy(asc(providers.name), asc(providers.id)),
    list: async (): Promise<IdentityProvider[]> => {
      const rows = await store.db.select().from(providers).orderBy(asc(providers.id))
      return Promise.all(rows.map(async (row) => (await toVersioned(row)).value))
    },
    get: async (id: string) => toVersioned(await find(id)),
    /**
     * @throws 403 for a wrong password; 409 if the id is taken, or PUBLIC_URL is not set; 422 if
     * the issuer is not a reachable provider, or a group does not exist
     */
    create,
    change,
    /** Removed with its identities; logins continue. @throws 404, 412 */
    remove: async ({ id, origin, caller, ifMatch }: Place & Change<unknown>): Promise<void> => {
      await retryOnConflict(async () => {
        const before = await find(id)
        requireMatch(before.version, ifMatch)
        const removal = store.db.delete(providers).where(isStill(before, caller)).getSQL()
        if (await store.atomically([standing.lock(caller), removal])) return true
        return standing.require(caller).then(() => undefined)
      })
      security('provider_removed', { actor: caller.id, provider: id, origin })
    },
    openSecret: async ({ sealed_secret }: ProviderRow) => (await sealed.open(sealed_secret)).text,
    /** Seals secrets again under the current secret of the system. */
    renewSeals: async (): Promise<void> => {
      for (const { id, sealed_secret } of await store.db.select().from(providers)) {
        const opened = await sealed.open(sealed_secret).catch(() => undefined)
        if (!opened || opened.isCurrent) continue
        const next = { sealed_secret: await sealed.seal(opened.text) }
        await store.db.update(providers).set(next).where(eq(providers.id, id))
      }
    },
  }
}

export type Providers = ReturnType<typeof createProviders>

/** @throws 422 unless the issuer is a provider under that name */
async function requireUsable({ issuer, client_id, client_secret }: NewIdentityProvider) {
  const refuse = (detail: string) => invalid([{ pointer: '#/issuer', detail }])
  if (!isAllowedAddress(issuer)) throw refuse('It must begin with https://.')
  await discover({ issuer, client_id }, client_secret).catch((error: unknown) => {
    const reason = toReason(error)
    throw refuse(
      reason === 'other_issuer' || reason === 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED'
        ? 'The provider there names another issuer. Copy it from its configuration.'
        : `There is no usable provider there (${reason}).`,
    )
  })
}

function explainMapping(error: unknown): unknown {
  if (violation(error) !== 'foreign_key') return error
  return invalid([{ pointer: '#/group_mappings', detail: 'There is no such group.' }])
}

const keyOf = (mapping: GroupMapping) => JSON.stringify(mapping)

function sortMappings(mappings: readonly GroupMapping[]): GroupMapping[] {
  return mappings.toSorted((a, b) =>
    a.value === b.value ? (keyOf(a) < keyOf(b) ? -1 : 1) : a.value < b.value ? -1 : 1,
  )
}
