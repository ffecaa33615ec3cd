import { createTransport } from '../packages/client/src/transport.ts'
import type { TokenKeeper } from '../packages/client/src/session.ts'
import type { Tokens } from '../shared/schemas/user.ts'
import { language } from './i18n.ts'

// Both are kept in localStorage. The refresh token must outlive the page and be common to all tabs;
// the access token, which opens less and for minutes only, spares each page a request before its
// first. The strict content security policy keeps foreign script from them, and a stolen refresh
// token is found out: it works once, and its second use ends the whole login.
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
    const kept = JSON.parse(localStorage.getItem(accessKey) ?? 'null') as KeptAccess | null
    const { token, until, login = '' } = kept ?? { token: '', until: 0 }
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
  // Browsers give locks to https and localhost only; elsewhere it is one at a time in this tab.
  alone: (run) => (navigator.locks ? navigator.locks.request(lockName, run) : run()),
}

let onTokens: (tokens: Tokens | undefined) => void = () => {}

/**
 * Called when there is a new access token, as what it is for may have changed; without one when the
 * login is over: signed out elsewhere, expired, or its refresh token reused.
 */
export function whenTokens(listener: typeof onTokens): void {
  onTokens = listener
}

const options = {
  url: location.origin,
  // Who waits before a screen is told instead.
  patience_ms: 2000,
  fetch: (input: string | URL, init: RequestInit = {}) => {
    const headers = new Headers(init.headers)
    // Mails that a request sends are in the language of the page.
    headers.set('accept-language', language.value)
    return fetch(input, { ...init, headers })
  },
}

/** The client, as the user who is signed in. */
export const campus = createTransport<Tokens>({
  ...options,
  keeper,
  onTokens: (tokens) => onTokens(tokens),
})

/** The client, as somebody without a login. */
export const stranger = createTransport(options)

export const isSignedIn = (): boolean => keeper.read() !== undefined

/** Locally; `campus.session.logOut` ends the login on the server as well. */
export const forgetTokens = keeper.forget
