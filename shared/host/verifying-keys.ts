import { Value } from '@sinclair/typebox/value'
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'
import { unavailable } from '../problem.ts'
import { KeySet } from '../schemas/user.ts'

/** Fetches the public keys of users. @throws Error when users is unavailable */
export type FetchKeys = () => Promise<KeySet>

/** The last known keys, for a start while users is unavailable. */
export interface KeptKeys {
  /** @returns undefined when there are none */
  read: () => Promise<string | undefined>
  /** Best effort: without the file only a restart suffers. */
  write: (text: string) => Promise<void>
}

export interface VerifyingKeysOptions {
  fetchKeys: FetchKeys
  kept?: KeptKeys | undefined
  /** Called when a key is revoked: nothing it ever signed is valid. */
  onRevoked: () => void
}

/** The public keys that verify access tokens, as known to this process. */
export interface VerifyingKeys {
  /** For jose. @throws 503 while no key is known */
  find: JWTVerifyGetKey
  /**
   * Fetches the keys again. To be called every 2 s, as keys may be revoked.
   * @throws Error when users is unavailable; the known keys stay in use
   */
  refresh: () => Promise<void>
  /** @throws Error while no key is known */
  requireSome: () => Promise<void>
}

// Guessed key ids must not cause a request to users each time.
const askAgainAfter_ms = 5000

/** Learns the keys from users or, while users is unavailable, from the file. */
export function createVerifyingKeys(options: VerifyingKeysOptions): VerifyingKeys {
  const { fetchKeys, kept, onRevoked } = options
  let text: string | undefined
  let set: KeySet = { keys: [] }
  let findKnown: JWTVerifyGetKey | undefined
  let loading: Promise<void> | undefined
  let asked_ms = -Infinity

  function learn(found: string): void {
    if (found === text) return
    const next: unknown = JSON.parse(found)
    if (!Value.Check(KeySet, next)) throw new Error('The users service answered no key set')
    const ids = new Set(next.keys.map(({ kid }) => kid))
    const isAnyGone = set.keys.some(({ kid }) => !ids.has(kid))
    text = found
    set = next
    findKnown = createLocalJWKSet(next as unknown as JSONWebKeySet)
    if (isAnyGone) onRevoked()
  }

  async function refresh(): Promise<void> {
    const found = JSON.stringify(await fetchKeys())
    const isNew = found !== text
    learn(found)
    if (isNew) await kept?.write(found)
  }

  async function load(): Promise<void> {
    await refresh().catch(async (cause: unknown) => {
      if (findKnown) return
      try {
        learn((await kept?.read()) ?? '')
      } catch {
        throw unavailable('keys_unavailable', 'Tokens cannot be checked now. Retry.', cause)
      }
    })
  }

  /** Concurrent requests share one fetch. */
  function loadOnce(): Promise<void> {
    asked_ms = performance.now()
    loading ??= load().finally(() => (loading = undefined))
    return loading
  }

  async function requireSome(): Promise<JWTVerifyGetKey> {
    if (!findKnown) await loadOnce()
    // Loading throws unless it found them.
    return findKnown as JWTVerifyGetKey
  }

  return {
    find: async (...named) => {
      const find = await requireSome()
      try {
        return await find(...named)
      } catch (error) {
        const isUnknown = error instanceof errors.JWKSNoMatchingKey
        if (!isUnknown || performance.now() - asked_ms < askAgainAfter_ms) throw error
      }
      await loadOnce()
      return (await requireSome())(...named)
    },
    refresh,
    requireSome: async () => void (await requireSome()),
  }
}
