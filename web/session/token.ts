import type { Tokens } from '../../shared/schemas/user.ts'
import { language } from '../i18n.ts'

// Both are kept in localStorage. The refresh token must outlive the page and be common to all tabs;
// the access token, which opens less and for minutes only, spares each page a request before its
// first. The strict content security policy keeps foreign script from them, and a stolen refresh
// token is found out: it works once, and its second use ends the whole login.
const refreshKey = 'campus.refresh_token'
const accessKey = 'campus.access_token'
// One refresh at a time in all tabs; a token used twice would end the login.
const lockName = 'campus.refresh'
// Clocks differ and requests take a while: a token about to end counts as ended.
const margin_ms = 20_000

let onEnded = () => {}
let onRenewed = () => {}

/** Called when the login is over: signed out elsewhere, expired, or its refresh token reused. */
export function whenEnded(listener: () => void): void {
  onEnded = listener
}

/** Called when there is a new access token: what it is for may have changed. */
export function whenRenewed(listener: () => void): void {
  onRenewed = listener
}

/** @returns undefined when there is none, or it is about to end */
function readAccess(): string | undefined {
  const kept = localStorage.getItem(accessKey)
  if (!kept || !isSignedIn()) return undefined
  const { token, until } = JSON.parse(kept) as { token: string; until: number }
  return until > Date.now() ? token : undefined
}

export function isSignedIn(): boolean {
  return localStorage.getItem(refreshKey) !== null
}

export function keepTokens({ access_token, expires_in, refresh_token }: Tokens): void {
  const access = { token: access_token, until: Date.now() + expires_in * 1000 - margin_ms }
  localStorage.setItem(accessKey, JSON.stringify(access))
  localStorage.setItem(refreshKey, refresh_token)
}

export function forgetTokens(): void {
  localStorage.removeItem(accessKey)
  localStorage.removeItem(refreshKey)
}

export function readRefreshToken(): string | null {
  return localStorage.getItem(refreshKey)
}

/** @returns undefined when nobody is signed in */
export async function readAccessToken(): Promise<string | undefined> {
  return readAccess() ?? (isSignedIn() ? alone(refresh) : undefined)
}

/** `fetch` as the user who is signed in; a token the server finds too old is renewed once. */
export async function authorizedFetch(input: string | URL, init: RequestInit = {}) {
  const token = await readAccessToken()
  const response = await fetchWith(token, input, init)
  if (response.status !== 401 || !token) return response
  if (readAccess() === token) localStorage.removeItem(accessKey)
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
  const kept = readAccess()
  if (kept) return kept
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
    onRenewed()
    return tokens.access_token
  }
  // Only a refusal ends the login; a server that is away or busy does not.
  if (response.status !== 401) return undefined
  forgetTokens()
  onEnded()
  return undefined
}
