import { requireOk, ProblemError } from './problem.ts'
import type { components } from './schema.ts'

export type Credentials = components['schemas']['Credentials']
export type Tokens = components['schemas']['Tokens']

export interface SessionOptions {
  /** An API key: its scopes say what it may. Then there is no login. */
  apiKey?: string
  /** Of an earlier login, as `onTokens` gave them. */
  tokens?: Pick<Tokens, 'access_token' | 'refresh_token'>
  /** Called with each new pair, to keep it; with undefined when the login is over. */
  onTokens?: (tokens: Tokens | undefined) => void
}

type Post = (path: string, body: unknown, headers?: Record<string, string>) => Promise<Response>

// Clocks differ and requests take a while: a token about to end counts as ended.
const margin_ms = 20_000

/** Who the client is: an access token that is renewed before it ends, or an API key. */
export function createSession({ apiKey, tokens, onTokens }: SessionOptions, post: Post) {
  let access = tokens?.access_token
  let refreshToken = tokens?.refresh_token
  let ends = access ? Infinity : 0
  let logins = 0
  let renewing: Promise<string | undefined> | undefined

  function keep(next: Tokens): void {
    access = next.access_token
    refreshToken = next.refresh_token
    ends = Date.now() + next.expires_in * 1000 - margin_ms
    onTokens?.(next)
  }

  function forget(): void {
    if (refreshToken === undefined) return
    access = refreshToken = undefined
    onTokens?.(undefined)
  }

  async function renew(): Promise<string | undefined> {
    const used = refreshToken
    if (used === undefined) return undefined
    try {
      const response = await requireOk(await post('/api/token/refresh', { refresh_token: used }))
      const next = (await response.json()) as Tokens
      // Who logged out meanwhile stays out.
      if (refreshToken === used) keep(next)
    } catch (error) {
      // Only a refusal ends the login; a server that is away or busy does not.
      if (!(error instanceof ProblemError) || error.status !== 401) throw error
      if (refreshToken === used) forget()
    }
    return access
  }

  return {
    /**
     * The token to send; undefined when nobody is logged in.
     * @param refused one that the server found too old
     */
    token: async (refused?: string): Promise<string | undefined> => {
      if (apiKey !== undefined) return refused === undefined ? apiKey : undefined
      if (access === refused && refused !== undefined) ends = 0
      if (access !== undefined && ends > Date.now()) return access
      // One at a time: a refresh token works once.
      return (renewing ??= renew().finally(() => (renewing = undefined)))
    },
    /** @throws ProblemError 401 `second_factor_required`: again with `code` */
    logIn: async (credentials: Credentials): Promise<void> => {
      const response = await requireOk(await post('/api/login', credentials))
      logins++
      keep((await response.json()) as Tokens)
    },
    /** Goes up with each login. */
    count: () => logins,
    logOut: async (): Promise<void> => {
      const refresh_token = refreshToken
      const token = access
      forget()
      if (refresh_token === undefined || token === undefined) return
      await post('/api/logout', { refresh_token }, { authorization: `Bearer ${token}` })
    },
  }
}

export type Session = ReturnType<typeof createSession>
