/**
 * `bun run outside-check`: signs in by a real dex with the settings of deploy/dex, and sends mail
 * to a real Mailpit with those of compose.yaml. They run as programs on this machine; with
 * `--containers`, as containers of compose.yaml. Skipped with a message and exit code 0 without
 * them.
 */
import type { BegunSignIn, FreshSignIn, Identity } from '../shared/schemas/identity-provider.ts'
import type { Problem } from '../shared/schemas/problem.ts'
import type { Tokens, User } from '../shared/schemas/user.ts'
import { startBeside } from './outside-check/beside.ts'
import { startContainers } from './outside-check/containers.ts'
import { logInAtDex } from './outside-check/dex.ts'

const password = 'six green lanterns'
const invited = 'nora@example.org'

const outside = await (process.argv.includes('--containers') ? startContainers() : startBeside())
if (typeof outside === 'string') {
  console.log(`outside-check: skipped, as ${outside}`)
  process.exit(0)
}
const { home, adminPassword, dex, mailbox } = outside
try {
  const admin = await logIn('admin', adminPassword)
  await signInByDex(admin)
  await readMails(admin)
  console.log('outside-check: all as it should be')
} finally {
  await outside.stop()
}

/** The account created by dex, and what it may do without a password here. */
async function signInByDex(admin: string): Promise<void> {
  const { issuer, client, person } = dex
  await call('POST /api/identity_providers', admin, {
    id: 'dex',
    name: 'dex',
    issuer,
    client_id: client.id,
    client_secret: client.secret,
    creates_accounts: true,
    current_password: adminPassword,
  })
  const begun = await call<BegunSignIn>('POST /api/login/providers/dex')
  const { access_token: token } = await call<Tokens>('POST /api/login/callback', undefined, {
    ...(await comeBack(begun)),
  })
  const me = await call<User>('GET /api/users/me', token)
  requireSame('the address dex told', me.email, person?.email ?? '')
  const [identity] = await call<Identity[]>('GET /api/identities', token)
  const again = await call<BegunSignIn>(`POST /api/identities/${identity?.id}/confirm`, token)
  const confirmed = await comeBack(again)
  const fresh = await call<FreshSignIn>('POST /api/identities/confirmations', token, confirmed)
  await call(`DELETE /api/users/${me.id}`, token, { current_password: fresh.proof })
  console.log('dex: signed in, signed in again, and removed the account by that')
}

async function comeBack({ url, flow }: BegunSignIn) {
  const back = await logInAtDex(url, dex.person?.email ?? '', home)
  return { provider_id: 'dex', flow, query: back.search.slice(1) }
}

/** A user is invited by mail, signs up, and resets the password. */
async function readMails(admin: string): Promise<void> {
  await call('POST /api/invitations', admin, { email: invited })
  const token = await readToken()
  const account = { token, username: 'nora', password }
  await call('POST /api/invitations/accept', undefined, account)
  await logIn('nora', password)
  await mailbox.forget()
  await call('POST /api/password_resets', undefined, { email: invited })
  const next = 'seven red lanterns'
  const reset = { token: await readToken(), password: next }
  await call('POST /api/password_resets/complete', undefined, reset)
  await logIn('nora', next)
  console.log('mailpit: an invitation and a new password, each by the link in its mail')
}

async function readToken(): Promise<string> {
  const text = await mailbox.readTo(invited)
  const [, token] = /http:\S+#(\S+)/.exec(text) ?? []
  if (token === undefined) throw new Error(`There is no link in the mail: ${text}`)
  return token
}

async function logIn(username: string, secret: string): Promise<string> {
  const credentials = { username, password: secret }
  return (await call<Tokens>('POST /api/login', undefined, credentials)).access_token
}

/** @param what method and path. @throws Error unless it succeeds */
async function call<T>(what: string, token?: string, body?: object): Promise<T> {
  const [method = '', path = ''] = what.split(' ')
  const answer = await fetch(home + path, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  if (!answer.ok)
    throw new Error(`${what}: ${answer.status} ${(JSON.parse(text) as Problem).detail}`)
  return (text === '' ? {} : JSON.parse(text)) as T
}

function requireSame(what: string, found: unknown, wanted: unknown): void {
  if (found !== wanted) throw new Error(`${what}: ${String(found)}, not ${String(wanted)}`)
}
