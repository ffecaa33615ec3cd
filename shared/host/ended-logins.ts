import type { Caller } from '../access.ts'
import { minute_ms } from '../duration.ts'

/** A page of the logins that ended, in commit order. */
export interface EndedLoginsPage {
  /** `token_expires`: when the last access token of the login expires by itself. */
  logins: { id: string; token_expires: string }[]
  /** Tokens of these users below a generation have ended; missing from earlier versions. */
  users?: { id: string; generation: number; token_expires: string }[]
  /** Where to start the next time; null: where this time started. */
  settled: string | null
  /** Where the next page starts; null: this was the last. */
  next: string | null
}

/** The logins that ended after a position; undefined: all that are still known. */
export type FetchEnded = (after: string | undefined) => Promise<EndedLoginsPage>

/** A token that was valid, and when it expires by itself. */
export interface Verified {
  caller: Caller
  /** A claim of the token; see `users.generation` of the users service. */
  generation: number
  expires_ms: number
}

// A login is forgotten this long after its last token expired. Clocks differ by less.
const forgetAfter_ms = 5 * minute_ms

/** Knows which logins ended, and aborts what was begun with their tokens. */
export function createEndedLogins(fetchEnded: FetchEnded, clock: () => number) {
  // By login: when its last token expires. Ends are read in commit order, and forgotten by the
  // clock that refuses the tokens, so no two clocks need to agree.
  const ended = new Map<string, number>()
  // By user: which of their tokens have ended, and when these expire by themselves.
  const outdated = new Map<string, { generation: number; expires_ms: number }>()
  const watched = new Set<{ verified: Verified; controller: AbortController }>()
  let settled: string | undefined

  async function learn(): Promise<void> {
    let after = settled
    do {
      const page = await fetchEnded(after)
      for (const login of page.logins) ended.set(login.id, Date.parse(login.token_expires))
      for (const { id, generation, token_expires } of page.users ?? []) {
        const before = outdated.get(id)
        outdated.set(id, {
          generation: Math.max(generation, before?.generation ?? 0),
          expires_ms: Math.max(Date.parse(token_expires), before?.expires_ms ?? 0),
        })
      }
      settled = page.settled ?? settled
      after = page.next ?? undefined
    } while (after !== undefined)
    const oldest_ms = clock() - forgetAfter_ms
    for (const [id, expires_ms] of ended) if (expires_ms < oldest_ms) ended.delete(id)
    for (const [id, { expires_ms }] of outdated) if (expires_ms < oldest_ms) outdated.delete(id)
  }

  function isOutdated({ caller, generation }: Verified): boolean {
    return generation < (outdated.get(caller.id)?.generation ?? 0)
  }

  function abort(isOver: (verified: Verified) => boolean): void {
    for (const entry of watched) {
      if (!isOver(entry.verified)) continue
      watched.delete(entry)
      entry.controller.abort()
    }
  }

  function abortEnded(): void {
    const now = clock()
    abort((verified) => {
      const isOver = ended.has(verified.caller.login) || verified.expires_ms <= now
      return isOver || isOutdated(verified)
    })
  }

  return {
    /**
     * Whether the login of a token ended, or the token has outdated groups. API keys are looked up
     * again every few seconds, so they are not refused here.
     */
    has: (verified: Verified) =>
      ended.has(verified.caller.login) || (!verified.caller.grant && isOutdated(verified)),
    // Tokens also expire while users is unavailable.
    refresh: () => learn().finally(abortEnded),
    /** Aborts when the login ends or the token expires. It is released with `signal`. */
    endOf: (verified: Verified, signal: AbortSignal): AbortSignal => {
      const entry = { verified, controller: new AbortController() }
      watched.add(entry)
      signal.addEventListener('abort', () => watched.delete(entry), { once: true })
      return entry.controller.signal
    },
    /** Aborts everything begun with a token. */
    endAll: () => abort(() => true),
  }
}
