import { newKey } from './key.ts'
import { ProblemError, requireOk } from './problem.ts'

/** What a login yields. */
export interface TokenPair {
  access_token: string
  refresh_token: string
  /** Of the access token, in seconds. */
  expires_in: number
}

/** What is kept of a login. */
export interface KeptTokens {
  access_token: string
  refresh_token: string
  /** When the access token counts as ended, in milliseconds since 1970. */
  until: number
  /** The same for all tokens that follow from each other. */
  login: string
}

/** Where the tokens are: in memory, or where all tabs of a browser find them. */
export interface TokenKeeper {
  read: () => KeptTokens | undefined
  keep: (tokens: KeptTokens) => void
  forget: () => void
  /** Runs one after the other whatever uses these tokens: a refresh token works once. */
  alone: <T>(run: () => Promise<T>) => Promise<T>
}

export interface SessionOptions<T extends TokenPair = TokenPair> {
  /** An API key: its scopes say what it may. Then there is no login. */
  apiKey?: string
  /** Of an earlier login, as `onTokens` gave them. */
  tokens?: Pick<T, 'access_token' | 'refresh_token'>
  /** Called with each new pair, to keep it; with undefined when the login is over. */
  onTokens?: (tokens: T | undefined) => void
  /** Keeps the tokens instead of this client: for all tabs of a browser. */
  keeper?: TokenKeeper
}

type Post = (path: string, body: unknown) => Promise<Response>

// Clocks differ and requests take a while: a token about to end counts as ended.
const margin_ms = 20_000

function keepHere(tokens: SessionOptions['tokens']): TokenKeeper {
  let kept = tokens && { ...tokens, until: Infinity, login: '' }
  return {
    read: () => kept,
    keep: (next) => (kept = next),
    forget: () => (kept = undefined),
    alone: (run) => run(),
  }
}

/** Who the client is: an access token that is renewed before it ends, or an API key. */
export function createSession<T extends TokenPair>(options: SessionOptions<T>, post: Post) {
  const { apiKey, onTokens, keeper = keepHere(options.tokens) } = options
  let renewing: Promise<string | undefined> | undefined

  function keep(tokens: T, login: string): void {
    const { access_token, refresh_token, expires_in } = tokens
    const until = Date.now() + expires_in * 1000 - margin_ms
    keeper.keep({ access_token, refresh_token, until, login })
    onTokens?.(tokens)
  }

  function forget(): void {
    if (keeper.read() === undefined) return
    keeper.forget()
    onTokens?.(undefined)
  }

  const isGood = ({ access_token, until }: KeptTokens, refused: string | undefined) =>
    until > Date.now() && access_token !== refused

  async function renew(refused: string | undefined): Promise<string | undefined> {
    const used = keeper.read()
    // Another tab may have done it while this one waited.
    if (used === undefined || isGood(used, refused)) return used?.access_token
    const { refresh_token, login } = used
    const isStill = () => keeper.read()?.refresh_token === refresh_token
    try {
      const response = await requireOk(await post('/api/token/refresh', { refresh_token }))
      const next = (await response.json()) as T
      // Who logged out meanwhile stays out.
      if (isStill()) keep(next, login)
    } catch (error) {
      // Only a refusal ends the login; a server that is away or busy does not.
      if (!(error instanceof ProblemError) || error.status !== 401) throw error
      if (isStill()) forget()
    }
    return keeper.read()?.access_token
  }

  const takeUp = (tokens: T): void => keep(tokens, newKey())

  return {
    /**
     * The token to send; undefined when nobody is logged in.
     * @param refused one that the server found too old
     */
    token: async (refused?: string): Promise<string | undefined> => {
      if (apiKey !== undefined) return refused === undefined ? apiKey : undefined
      const kept = keeper.read()
      if (kept === undefined || isGood(kept, refused)) return kept?.access_token
      // One at a time: a refresh token works once.
      renewing ??= keeper.alone(() => renew(refused)).finally(() => (renewing = undefined))
      return renewing
    },
    /** @throws ProblemError 401 `second_factor_required`: again with `code` */
    logIn: async (credentials: object): Promise<T> => {
      const response = await requireOk(await post('/api/login', credentials))
      const tokens = (await response.json()) as T
      takeUp(tokens)
      return tokens
    },
    /** Goes on with a login that was made in another way: by a passkey, a provider, a link. */
    takeUp,
    /** Which login it is; another one is somebody else, or may be. */
    login: () => keeper.read()?.login,
    logOut: async (): Promise<void> => {
      const kept = keeper.read()
      if (kept === undefined) return
      // Sent first: to forget may lead to another page.
      const sent = post('/api/logout', { refresh_token: kept.refresh_token })
      forget()
      await sent
    },
  }
}
