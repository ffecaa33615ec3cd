import type { Tokens } from '../../shared/schemas/user.ts'
import { language } from '../i18n.ts'

// The access token lives in memory only. The refresh token is kept in localStorage: it must outlive
// the page and be common to all tabs. The strict content security policy keeps foreign script from
// it, and a stolen one is found out: it works once, and its second use ends the whole login.
const refreshKey = 'campus.refresh_token'
// One refresh at a time in all tabs; a token used twice would end the login.
const lockName = 'campus.refresh'
// Clocks differ and requests take a while: a token about to end counts as ended.
const margin_ms = 20_000

let access: { token: string; until: number } | undefined
let onEnded = () => {}

/** Called when the login is over: signed out elsewhere, expired, or its refresh token reused. */
export function whenEnded(listener: () => void): void {
  onEnded = listener
}

export function isSignedIn(): boolean {
  return localStorage.getItem(refreshKey) !== null
}

export function keepTokens({ access_token, expires_in, refresh_token }: Tokens): void {
  access = { token: access_token, until: Date.now() + expires_in * 1000 - margin_ms }
  localStorage.setItem(refreshKey, refresh_token)
}

export function forgetTokens(): void {
  access = undefined
  localStorage.removeItem(refreshKey)
}

export function readRefreshToken(): string | null {
  return localStorage.getItem(refreshKey)
}

/** @returns undefined when nobody is signed in */
export async function readAccessToken(): Promise<string | undefined> {
  if (access && access.until > Date.now()) return access.token
  return isSignedIn() ? alone(refresh) : undefined
}

/** `fetch` as the user who is signed in; a token the server finds too old is renewed once. */
export async function authorizedFetch(input: string | URL, init: RequestInit = {}) {
  const token = await readAccessToken()
  const response = await fetchWith(token, input, init)
  if (response.status !== 401 || !token) return response
  if (access?.token === token) access = undefined
  const renewed = await readAccessToken()
  return renewed ? fetchWith(renewed, input, init) : response
}

function fetchWith(token: string | undefined, input: string | URL, init: RequestInit) {
  const headers = new Headers(init.headers)
  if (token) headers.set('authorization', `Bearer ${token}`)
  // Mails that a request sends are in the language of the page.
  headers.set('accept-language', language.value)
  return fetch(input, { ...init, headers })
}

// Browsers give locks to https and localhost only; elsewhere one refresh at a time in this tab.
let refreshing: Promise<string | undefined> | undefined
function alone(run: () => Promise<string | undefined>): Promise<string | undefined> {
  refreshing ??= (navigator.locks ? navigator.locks.request(lockName, run) : run()).finally(
    () => (refreshing = undefined),
  )
  return refreshing
}

async function refresh(): Promise<string | undefined> {
  // Someone before us in the queue for the lock may have done it.
  if (access && access.until > Date.now()) return access.token
  const refresh_token = readRefreshToken()
  if (!refresh_token) return undefined
  const response = await fetch('/api/token/refresh', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ refresh_token }),
  })
  if (response.ok) {
    const tokens = (await response.json()) as Tokens
    // Who signed out meanwhile stays out.
    if (!isSignedIn()) return undefined
    keepTokens(tokens)
    return access?.token
  }
  // Only a refusal ends the login; a server that is away or busy does not.
  if (response.status !== 401) return undefined
  forgetTokens()
  onEnded()
  return undefined
}
