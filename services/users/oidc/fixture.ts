import { afterAll, beforeAll, expect } from 'bun:test'
import { sql } from 'drizzle-orm'
import type { BegunSignIn, NewIdentityProvider } from '../../../shared/schemas/identity-provider.ts'
import type { Problem } from '../../../shared/schemas/problem.ts'
import type { SecurityEvent } from '../../../shared/schemas/security-event.ts'
import type { Tokens, User } from '../../../shared/schemas/user.ts'
import { createStores } from '@campus/store/open.ts'
import { changeByHand } from '../../../shared/testing/by-hand.ts'
import type { MakeDatabase } from '../../../shared/testing/describe-stores.ts'
import {
  providerSecret,
  startProvider,
  type Faults,
  type Person,
  type TestProvider,
} from '../../testing/sign-in-provider.ts'
import {
  startForTest,
  testPassword,
  type SendOptions,
  type TestSystem,
} from '../../testing/system.ts'

/** A system with a provider named `acme`, for all tests of a file. */
export function useOidc(makeDatabase: MakeDatabase, environment: Record<string, string> = {}) {
  let system: TestSystem
  let acme: TestProvider
  let made = 0
  let ahead_ms = 0
  beforeAll(async () => {
    acme = await startProvider()
    system = await startForTest(makeDatabase, { environment, clock: () => Date.now() + ahead_ms })
    await add('acme', acme, { creates_accounts: true, group_claim: 'groups' })
  }, 30_000)
  afterAll(async () => {
    await system.close()
    await acme.close()
  })

  async function call<T>(method: string, path: string, options?: SendOptions) {
    const answer = await system.send(method, path, options)
    const body = (await answer.json().catch(() => ({}))) as T & Partial<Problem>
    return { status: answer.status, body, code: body.code }
  }

  async function add(id: string, provider: TestProvider, more: Partial<NewIdentityProvider> = {}) {
    const { issuer } = provider
    const known = {
      id,
      name: `Test ${id}`,
      issuer,
      client_id: 'campus',
      client_secret: providerSecret,
      current_password: testPassword,
    }
    const made = await call('POST', '/api/identity_providers', { body: { ...known, ...more } })
    expect([id, made.status, made.code]).toEqual([id, 201, undefined])
  }

  const begin = async (id = 'acme') =>
    (await call<BegunSignIn>('POST', `/api/login/providers/${id}`, { as: null })).body

  const complete = (flow: string, query: string, provider_id = 'acme') =>
    call<Tokens & { flow?: string }>('POST', '/api/login/callback', {
      as: null,
      body: { provider_id, flow, query },
    })

  /** A person without an account. */
  const person = (more: Partial<Person> = {}): Person => {
    const name = `person${++made}`
    const email = `${name}@acme.example`
    return { sub: `sub-${name}`, email, email_verified: true, preferred_username: name, ...more }
  }

  /** The whole sign-in of a person. */
  async function signIn(who: Person) {
    const { url, flow } = await begin()
    return complete(flow, acme.authorize(url, who))
  }

  /** Why sign-ins were refused, newest first; the table only counts those of a minute. */
  const reasons = (): unknown[] =>
    system
      .logged()
      .split('\n')
      .filter((line) => line.includes('"event":"sign_in_refused"'))
      .map((line) => (JSON.parse(line) as { reason?: unknown }).reason)
      .toReversed()

  async function countUsers(): Promise<number> {
    const stores = createStores()
    const { rows } = await stores.open(system.databaseUrlOf('users'))
    const [row] = await rows<{ n: number }>(sql`SELECT count(*) AS n FROM users`)
    await stores.close()
    return Number(row?.n)
  }

  return {
    system: () => system,
    acme: () => acme,
    /** Moves the clock of this system only. */
    wait: (time_ms: number) => (ahead_ms += time_ms),
    now: () => Date.now() + ahead_ms,
    call,
    add,
    begin,
    complete,
    change: async (body: object) => {
      const { status } = await call('PATCH', '/api/identity_providers/acme', {
        body: { ...body, current_password: testPassword },
      })
      expect(status).toBe(200)
    },
    signIn,
    reasons,
    /** The refusal of a sign-in, and its reason in the log; no account is created. */
    refuses: async (faults: Faults, who = person()) => {
      const before = await countUsers()
      acme.fail(faults)
      const answer = await signIn(who)
      acme.fail({})
      expect(await countUsers()).toBe(before)
      return [answer.status, answer.code, reasons()[0]]
    },
    person,
    me: async ({ access_token }: Pick<Tokens, 'access_token'>) => {
      const headers = { authorization: `Bearer ${access_token}` }
      return (await call<User>('GET', '/api/users/me', { as: null, headers })).body
    },
    verifyByHand: (username: string) =>
      changeByHand(
        system.databaseUrlOf('users'),
        `UPDATE users SET verified_email = email WHERE username_key = '${username}'`,
      ),
    events: async (kind: string) =>
      (await call<SecurityEvent[]>('GET', `/api/security_events?kind=${kind}&limit=200`)).body,
  }
}
