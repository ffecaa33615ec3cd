import { createTransport } from '../packages/client/src/transport.ts'
import type { TokenKeeper } from '../packages/client/src/session.ts'
import type { Tokens } from '../shared/schemas/user.ts'
import { language } from './i18n.ts'
import { readStored } from './stored.ts'

// Both are kept in localStorage. The refresh token must outlive the page and be shared by all tabs;
// the access token, which opens less and only for minutes, saves each page a request before its
// first. The strict content security policy keeps foreign scripts away, and a stolen refresh token
// is detected: it works once, and its second use ends the login.
const refreshKey = 'campus.refresh_token'
const accessKey = 'campus.access_token'
const lockName = 'campus.refresh'

interface KeptAccess {
  token: string
  until: number
  login?: string
}

const keeper: TokenKeeper = {
  read: () => {
    const refresh_token = localStorage.getItem(refreshKey)
    if (refresh_token === null) return undefined
    const { token = '', until = 0, login = '' } = readStored<KeptAccess>(accessKey) ?? {}
    return { access_token: token, refresh_token, until, login }
  },
  keep: ({ access_token, refresh_token, until, login }) => {
    const access: KeptAccess = { token: access_token, until, login }
    localStorage.setItem(accessKey, JSON.stringify(access))
    localStorage.setItem(refreshKey, refresh_token)
  },
  forget: () => {
    localStorage.removeItem(accessKey)
    localStorage.removeItem(refreshKey)
  },
  // Browsers provide locks on https and localhost only; elsewhere requests are serialized in this
  // tab.
  alone: (run) => (navigator.locks ? navigator.locks.request(lockName, run) : run()),
}

let onTokens: (tokens: Tokens | undefined) => void = () => {}

/**
 * Called with a new access token, as its claims may have changed; without one when the login has
 * ended: signed out elsewhere, expired, or its refresh token reused.
 */
export function whenTokens(listener: typeof onTokens): void {
  onTokens = listener
}

const options = {
  url: location.origin,
  // A user in front of a screen is told instead of kept waiting.
  patience_ms: 2000,
  fetch: (input: string | URL, init: RequestInit = {}) => {
    const headers = new Headers(init.headers)
    // Mails caused by a request are in the language of the page.
    headers.set('accept-language', language.value)
    return fetch(input, { ...init, headers })
  },
}

/** The client, as the signed-in user. */
export const campus = createTransport<Tokens>({
  ...options,
  keeper,
  onTokens: (tokens) => onTokens(tokens),
})

/** The client, without a login. */
export const stranger = createTransport(options)

export const isSignedIn = (): boolean => keeper.read() !== undefined

/** Locally; `campus.session.logOut` ends the login on the server as well. */
export const forgetTokens = keeper.forget
