import { jwt } from '@elysia/jwt'
import { asc, eq, inArray, lt } from 'drizzle-orm'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose'
import type { Context } from '../../shared/context.ts'
import type { KeySet } from '../../shared/schemas/user.ts'
import {
  accessToken,
  tokenAudience,
  tokenIssuer,
  type AccessClaims,
} from '../../shared/host/token.ts'
import { createSealedTexts, type SealedTexts } from '../../shared/sealed-text.ts'
import type { UsersTables } from './tables.ts'
import { day_ms, minute_ms } from '../../shared/duration.ts'

/** Signs the claims of an access token. */
export type Sign = (claims: Omit<AccessClaims, 'aud'>) => Promise<string>

const rotateAfter_ms = 30 * day_ms
// A new key is published this long before use, so that every verifier knows it in time.
const publishBefore_ms = minute_ms
// By then no token of an older key is left.
const keepAfter_ms = accessToken.life_s * 1000 + day_ms
// Other processes rotate too, and revoked keys must not sign.
const reloadAfter_ms = 2000

type KeyRow = UsersTables['signingKeys']['$inferSelect']

/** The keys that sign access tokens: stored sealed, and renewed every 30 days. */
export function createSigningKeys(
  { store, clock, secret }: Pick<Context, 'store' | 'clock' | 'secret'>,
  { signingKeys }: UsersTables,
) {
  const sealed = createSealedTexts(secret, 'signing keys')
  let loaded: { at_ms: number; id: string; sign: Sign } | undefined

  const readRows = () => store.db.select().from(signingKeys).orderBy(asc(signingKeys.generation))

  /**
   * Creates a new key, used once all verifiers had time to learn it.
   * @returns its id, or that of a key another process created at the same moment
   */
  async function rotate(): Promise<string> {
    const generation = ((await readRows()).at(-1)?.generation ?? 0) + 1
    const pair = await generateKeyPair(accessToken.algorithm, { crv: 'Ed25519', extractable: true })
    const publicKey = await exportJWK(pair.publicKey)
    const id = await calculateJwkThumbprint(publicKey)
    const sealed_key = await sealed.seal(JSON.stringify(await exportJWK(pair.privateKey)))
    const public_key = JSON.stringify(publicKey)
    const row = { id, generation, public_key, sealed_key, created: clock() }
    await store.db.insert(signingKeys).values(row).onConflictDoNothing()
    loaded = undefined
    return (await readRows()).at(-1)?.id ?? id
  }

  /** Creates the first key; seals existing ones again under the current secret. */
  async function ensure(): Promise<void> {
    const rows = await readRows()
    if (rows.length === 0) await rotate()
    for (const row of rows) {
      const { text, isCurrent } = await open(row, sealed)
      if (isCurrent) continue
      const sealed_key = await sealed.seal(text)
      await store.db.update(signingKeys).set({ sealed_key }).where(eq(signingKeys.id, row.id))
    }
  }

  /**
   * Creates a new key for immediate use and deletes all others, which invalidates their tokens.
   * @returns its id
   */
  async function revoke(): Promise<string> {
    const id = await rotate()
    const row = (await readRows()).find((each) => each.id === id)
    await store.db.delete(signingKeys).where(lt(signingKeys.generation, row?.generation ?? 0))
    loaded = undefined
    return id
  }

  async function load() {
    const now = clock()
    if (loaded && now - loaded.at_ms < reloadAfter_ms) return loaded
    const rows = await readRows()
    const known = rows.filter(({ created }) => created <= now - publishBefore_ms)
    const signing = known.at(-1) ?? rows[0]
    if (!signing)
      throw new Error('There is no signing key. Restart users, which creates the first one.')
    const isSame = loaded?.id === signing.id
    const sign = isSame && loaded ? loaded.sign : await createSigner(signing, sealed)
    loaded = { at_ms: now, id: signing.id, sign }
    return loaded
  }

  /**
   * Renews a key after a month, and deletes those whose tokens are gone.
   * @returns the id of the new one
   */
  async function renew(): Promise<string | undefined> {
    const now = clock()
    const rows = await readRows()
    const newest = rows.at(-1)
    const isOld = !newest || newest.created < now - rotateAfter_ms
    const made = isOld ? await rotate() : undefined
    // A key signs until the next one is published.
    const gone = rows.filter((_, at) => (rows[at + 1]?.created ?? now) < now - keepAfter_ms)
    const ids = gone.map(({ id }) => id)
    if (ids.length > 0) await store.db.delete(signingKeys).where(inArray(signingKeys.id, ids))
    return made
  }

  return {
    ensure,
    rotate,
    revoke,
    renew,
    sign: async (claims: Parameters<Sign>[0]) => (await load()).sign(claims),
    /** The public keys. */
    keySet: async (): Promise<KeySet> => {
      const { algorithm: alg } = accessToken
      return {
        keys: (await readRows()).map(({ id, public_key }) => {
          const key = JSON.parse(public_key) as Record<string, string>
          return { ...key, kid: id, alg, use: 'sig' }
        }),
      }
    },
  }
}

export type SigningKeys = ReturnType<typeof createSigningKeys>

/** @throws Error with an explanation if no secret opens the key */
async function open({ id, sealed_key }: KeyRow, sealed: SealedTexts) {
  return sealed.open(sealed_key).catch((cause: unknown) => {
    const reason =
      'It was sealed with another SECRET. Restore that, or remove the row from signing_keys.'
    throw new Error(`The signing key ${id} cannot be opened. ${reason}`, { cause })
  })
}

async function createSigner(row: KeyRow, sealed: SealedTexts): Promise<Sign> {
  const { id } = row
  const key = JSON.parse((await open(row, sealed)).text) as JWK
  const { algorithm: alg, type: typ } = accessToken
  const signer = jwt({
    name: 'token',
    // One instance per key, for signing only: verifiers have public keys.
    secret: (await importJWK(key, alg)) as CryptoKey,
    alg,
    typ,
    kid: id,
    iss: tokenIssuer,
    aud: tokenAudience,
  })
  return (claims) => signer.decorator.token.sign({ ...claims })
}
