import type { Caller } from '../access.ts'

/** A part of the logins that ended, in the order of their commits. */
export interface EndedLoginsPage {
  /** `token_expires`: when the last access token of the login is over by itself. */
  logins: { id: string; token_expires: string }[]
  /** Where to go on the next time; null: from where it was asked this time. */
  settled: string | null
  /** Where there are more at once; null: this was all. */
  next: string | null
}

/** The logins that ended after a position; undefined: all that are still known. */
export type FetchEnded = (after: string | undefined) => Promise<EndedLoginsPage>

/** A token that was good, and until when by itself. */
export interface Verified {
  caller: Caller
  expires_ms: number
}

// Past the end of its last token nobody asks for a login. Clocks differ by less.
const forgetAfter_ms = 5 * 60_000

/** Knows which logins ended, and ends what was begun with their tokens. */
export function createEndedLogins(fetchEnded: FetchEnded, clock: () => number) {
  // By login: when its last token is over. What ended is read in the order of the commits, and
  // forgotten by the clock that refuses the tokens, so no two clocks need agree.
  const ended = new Map<string, number>()
  const watched = new Set<{ verified: Verified; controller: AbortController }>()
  let settled: string | undefined

  async function learn(): Promise<void> {
    let after = settled
    do {
      const page = await fetchEnded(after)
      for (const login of page.logins) ended.set(login.id, Date.parse(login.token_expires))
      settled = page.settled ?? settled
      after = page.next ?? undefined
    } while (after !== undefined)
    const oldest_ms = clock() - forgetAfter_ms
    for (const [id, expires_ms] of ended) if (expires_ms < oldest_ms) ended.delete(id)
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
    abort(({ caller, expires_ms }) => ended.has(caller.login) || expires_ms <= now)
  }

  return {
    has: (login: string) => ended.has(login),
    // Tokens expire while users is away, too.
    refresh: () => learn().finally(abortEnded),
    /** Aborts when the login ended or the token expired; at the latest with `signal`, unheard. */
    endOf: (verified: Verified, signal: AbortSignal): AbortSignal => {
      const entry = { verified, controller: new AbortController() }
      watched.add(entry)
      signal.addEventListener('abort', () => watched.delete(entry), { once: true })
      return entry.controller.signal
    },
    /** Ends all that was begun with a token. */
    endAll: () => abort(() => true),
  }
}
