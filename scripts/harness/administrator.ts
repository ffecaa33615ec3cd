import type { Tokens } from '../../shared/schemas/user.ts'

const password = 'a password for campaigns'

/** The environment of a system under load or test: an administrator, and no rate limits. */
export const campaignEnvironment = {
  SECRET: 'a secret that is long enough for campaigns',
  ADMIN_PASSWORD: password,
  USER_LIMIT_PER_MINUTE: '0',
  USER_BOOKINGS_PER_DAY: '0',
  USER_BOOKS_PER_DAY: '0',
  ADDRESS_LIMIT_PER_MINUTE: '0',
  LOGIN_LIMIT_PER_MINUTE: '0',
  SIGN_UP: 'open',
  SIGN_UP_LIMIT_PER_HOUR: '0',
}

/** As in production, without sample data. */
export const productionEnvironment = {
  ...campaignEnvironment,
  NODE_ENV: 'production',
  SAMPLE_DATA: 'false',
  LOG_LEVEL: 'warn',
}

// Access tokens live 10 minutes; some campaigns take longer.
const renewAfter_ms = 5 * 60_000

const logins = new Map<string, { authorization: Promise<string>; since_ms: number }>()

/**
 * The `Authorization` header of the administrator of a system started with `campaignEnvironment`.
 * Logs in at first use, and again every five minutes.
 * @throws Error with the response if the login was refused
 */
export function readAuthorization(url: string): Promise<string> {
  const { origin } = new URL(url)
  const known = logins.get(origin)
  if (known && Date.now() - known.since_ms < renewAfter_ms) return known.authorization
  const login = { authorization: logIn(origin), since_ms: Date.now() }
  logins.set(origin, login)
  login.authorization.catch(() => logins.delete(origin))
  return login.authorization
}

/** After a 401: another system may have taken over the port the login was for. */
export function forgetAuthorization(url: string): void {
  logins.delete(new URL(url).origin)
}

/** Creates a member. @returns the `Authorization` header */
export async function signUp(origin: string, username: string): Promise<string> {
  const credentials = { username, password: `what a ${username} remembers` }
  const answer = await fetch(`${origin}/api/users`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...credentials, email: `${username}@campaign.example` }),
  })
  if (answer.status !== 201) throw new Error(`The member was not created: ${await answer.text()}`)
  return logIn(origin, credentials)
}

/** Logs in, by default as the administrator. @returns the `Authorization` header */
export async function logIn(
  origin: string,
  credentials = { username: 'admin', password },
): Promise<string> {
  const answer = await fetch(`${origin}/api/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(credentials),
  })
  if (!answer.ok) throw new Error(`The login was answered ${answer.status}: ${await answer.text()}`)
  return `Bearer ${((await answer.json()) as Tokens).access_token}`
}
