import type { Caller } from '../access.ts'

/** A part of the logins that ended, in the order of their commits. */
export interface EndedLoginsPage {
  /** `token_expires`: when the last access token of the login is over by itself. */
  logins: { id: string; token_expires: string }[]
  /** Tokens of these users below a generation have ended; a version before did not tell. */
  users?: { id: string; generation: number; token_expires: string }[]
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
  /** Of the token's claims; see `users.generation` of the users service. */
  generation: number
  expires_ms: number
}

// Past the end of its last token nobody asks for a login. Clocks differ by less.
const forgetAfter_ms = 5 * 60_000

/** Knows which logins ended, and ends what was begun with their tokens. */
export function createEndedLogins(fetchEnded: FetchEnded, clock: () => number) {
  // By login: when its last token is over. What ended is read in the order of the commits, and
  // forgotten by the clock that refuses the tokens, so no two clocks need agree.
  const ended = new Map<string, number>()
  // By user: which of their tokens are over, and when these are by themselves.
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
     * Whether the login of a token ended, or the token is too old for its user's groups. What is
     * known of an API key is renewed every few seconds: it is not refused meanwhile.
     */
    has: (verified: Verified) =>
      ended.has(verified.caller.login) || (!verified.caller.grant && isOutdated(verified)),
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
