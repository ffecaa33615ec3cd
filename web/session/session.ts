import { computed, signal } from '@preact/signals'
import type { PasskeyProof } from '../../shared/schemas/passkey.ts'
import type { PasswordSet } from '../../shared/schemas/recovery.ts'
import type { Credentials, NewUser, SignUp, Tokens, User } from '../../shared/schemas/user.ts'
import { requireOk } from '../../packages/client/src/problem.ts'
import { campus, forgetTokens, isSignedIn, stranger, whenTokens } from '../campus.ts'
import { readStored } from '../stored.ts'
import { newCodes } from './new-codes.ts'

/** Undefined while unknown, null when nobody is signed in. */
const current = signal<User | null | undefined>(undefined)

/** Why the user could not be determined. */
const failed = signal<unknown>(undefined)

export const user = computed(() => current.value)
export const sessionError = computed(() => failed.value)
export const isAdmin = computed(() => current.value?.role === 'admin')

// The last user, so that a page need not ask again with the same token. The server decides what
// they may, whatever is stored here.
const userKey = 'campus.user'

// Identifies this browser to the server, so that failed logins by strangers do not lock its user
// out. It opens nothing, and outlives the login.
const deviceKey = 'campus.device_token'

/** The user's data stored by the app for phones, for use without a network. */
export const keptKey = 'campus.mine'

/** Data that need not be loaded again so soon. */
export const answersKey = 'campus.told'

/** Begins the keys of unfinished uploads, which name the user's files. */
export const uploadKey = 'campus.upload '

/** Begins the keys of a user's drafts, which end with the time in milliseconds. */
export const draftKey = (id = '') => `campus.draft ${id} `

// Where users of a provider log out there, too.
const logOutKey = 'campus.log_out_url'

function readUserKept(): User | undefined {
  const kept = readStored<User>(userKey)
  return kept?.id === undefined ? undefined : (kept as User)
}

/** Resumes the login of the last visit. */
export async function startSession(): Promise<void> {
  dropOldDrafts()
  const kept = readUserKept()
  if (kept && isSignedIn()) current.value = kept
  whenTokens((tokens) => {
    if (!tokens) leave()
    else if (current.value) void retrySession()
  })
  // Signing out in one tab signs out in all.
  window.addEventListener('storage', ({ key }) => {
    if (!isSignedIn() && current.value) leave()
    else if (isSignedIn() && current.value === null) void retrySession()
    else if (key === userKey) current.value = readUserKept() ?? current.value
  })
  // A page that was asleep, such as one restored by "back", has not heard of it.
  window.addEventListener('pageshow', ({ persisted }) => persisted && catchUp())
  document.addEventListener('visibilitychange', catchUp)
  if (!current.value) await retrySession()
}

/** Takes over the user who is logged in by now. */
function catchUp(): void {
  if (!current.value) return
  const kept = readUserKept()
  if (!isSignedIn()) leave()
  else if (kept && kept.id !== current.value.id) current.value = kept
}

/** Determines the signed-in user; failures are in `sessionError`. */
export async function retrySession(): Promise<void> {
  failed.value = undefined
  await readUser().catch((error: unknown) => (failed.value = error))
}

/** @throws ProblemError if the server is unavailable; an ended login is no error */
async function readUser(): Promise<void> {
  if (!isSignedIn()) return void (current.value = null)
  const login = campus.session.login()
  const response = await campus.fetch('/api/users/me')
  const text = await response.text()
  // Meanwhile another tab logged in, perhaps as someone else.
  if (campus.session.login() !== login) return readUser()
  if (response.status === 401) return leave()
  await requireOk(new Response(text, response))
  // The same user again is not reported to observers.
  if (text === localStorage.getItem(userKey) && current.value) return
  localStorage.setItem(userKey, text)
  current.value = JSON.parse(text) as User
}

/** @throws ProblemError */
export async function signIn(credentials: Credentials): Promise<void> {
  const device_token = localStorage.getItem(deviceKey)
  const body = device_token ? { ...credentials, device_token } : credentials
  await keepLogin(await sendUnsigned<Tokens>('/api/login', body))
}

/** @throws ProblemError */
export async function signInWithPasskey(proof: PasskeyProof): Promise<void> {
  const device_token = localStorage.getItem(deviceKey)
  const body = device_token ? { ...proof, device_token } : proof
  await keepLogin(await sendUnsigned<Tokens>('/api/login/passkey', body))
}

/** Takes over a new login. @throws ProblemError */
export async function keepLogin(tokens: Tokens): Promise<void> {
  if (tokens.device_token) localStorage.setItem(deviceKey, tokens.device_token)
  campus.session.takeUp(tokens)
  if (tokens.log_out_url) localStorage.setItem(logOutKey, tokens.log_out_url)
  else localStorage.removeItem(logOutKey)
  if (tokens.recovery_codes) newCodes.value = tokens.recovery_codes
  await readUser()
}

/** How strangers get an account here. @throws ProblemError */
export async function readSignUp(): Promise<SignUp> {
  return (await stranger.request('GET', '/api/users/sign_up')).json() as Promise<SignUp>
}

/** @throws ProblemError */
export async function signUp(account: NewUser): Promise<void> {
  await sendUnsigned('/api/users', account)
  await signIn({ username: account.username, password: account.password })
}

/** Sends a request without a login, such as the token of a link. @throws ProblemError */
export async function sendUnsigned<T>(
  path: string,
  body: object,
  headers: Record<string, string> = {},
): Promise<T> {
  const response = await stranger.request('POST', path, { body, headers })
  return (response.status === 204 ? undefined : await response.json()) as T
}

/**
 * Sets the password of a link, and signs in with it.
 * @returns whether that was enough: the sign-in page asks for a second factor
 * @throws ProblemError
 */
export async function setPassword(path: string, body: { token: string; password: string }) {
  const { username, device_token } = await sendUnsigned<PasswordSet>(path, body)
  localStorage.setItem(deviceKey, device_token)
  leave()
  return signIn({ username, password: body.password }).then(
    () => true,
    () => false,
  )
}

/** Ends the login on the server too; locally even if that fails. */
export async function signOut(): Promise<void> {
  dropDrafts()
  const there = localStorage.getItem(logOutKey)
  // Sent before anything else, as leaving may load another page.
  const ended = campus.session.logOut().catch(() => {})
  leave()
  if (there) location.assign(there)
  await ended
}

/** Removes what the user typed, who leaves on purpose; a login that ends by itself keeps it. */
export function dropDrafts(): void {
  removeAll(draftKey(current.value?.id))
}

const draftMax_ms = 30 * 24 * 3_600_000

/** Nobody comes back to them; and those of former keys, which nothing reads. */
function dropOldDrafts(): void {
  for (const key of Object.keys(localStorage)) {
    const at = Number(key.split(' ').at(-1))
    if (/^campus\.(draft|setup)\b/.test(key) && !(at > Date.now() - draftMax_ms)) {
      localStorage.removeItem(key)
    }
  }
}

function removeAll(prefix: string): void {
  for (const key of Object.keys(localStorage)) {
    if (key.startsWith(prefix)) localStorage.removeItem(key)
  }
}

/** Forgets the user. */
export function leave(): void {
  forgetTokens()
  localStorage.removeItem(userKey)
  localStorage.removeItem(logOutKey)
  localStorage.removeItem(keptKey)
  localStorage.removeItem(answersKey)
  removeAll(uploadKey)
  current.value = null
}
