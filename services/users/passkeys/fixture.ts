import { afterAll, beforeAll, expect } from 'bun:test'
import type {
  AddedPasskey,
  PasskeyCreation,
  PasskeyRequest,
} from '../../../shared/schemas/passkey.ts'
import type { Problem } from '../../../shared/schemas/problem.ts'
import type { Credentials, Tokens } from '../../../shared/schemas/user.ts'
import type { MakeDatabase, TestDatabase } from '../../../shared/testing/describe-stores.ts'
import {
  startForTest,
  testPassword,
  type SendOptions,
  type TestSystem,
} from '../../testing/system.ts'
import {
  createAuthenticator,
  type Authenticator,
  type Differences,
} from './testing/authenticator.ts'

export const own = { current_password: testPassword }
export const origin = 'https://campus.test.example'

interface Options extends SendOptions {
  on?: TestSystem | undefined
}

/** One system for all tests of a file, and people with authenticators. */
export function usePasskeys(makeDatabase: MakeDatabase, environment: Record<string, string> = {}) {
  const clock = { now: Date.parse('2027-03-01T09:00:00Z') }
  let database: TestDatabase
  let system: TestSystem
  const open = (more: Record<string, string> = {}) =>
    startForTest(async () => ({ url: database.url, remove: async () => {} }), {
      clock: () => clock.now,
      environment: { PUBLIC_URL: origin, ...environment, ...more },
    })
  beforeAll(async () => {
    database = await makeDatabase({ migrated: true })
    system = await open()
  }, 30_000)
  afterAll(async () => {
    await system.close()
    await database.remove()
  })

  async function send<T = Problem>(method: string, path: string, { on, ...options }: Options = {}) {
    // Requests of people never share a millisecond.
    clock.now++
    const answer = await (on ?? system).send(method, path, options)
    const body = (await answer.json().catch(() => ({}))) as T & Partial<Problem>
    return { status: answer.status, body, code: body.code, headers: answer.headers }
  }

  /** Begins to add a passkey; `finish` completes it, by default on a new device. */
  async function begin(
    as: string,
    device: Authenticator = createAuthenticator(origin),
    sender: SendOptions = { as },
  ) {
    const path = '/api/passkeys/options'
    const begun = await send<PasskeyCreation>('POST', path, { ...sender, body: own })
    const { token, options } = begun.body
    const finish = (name = 'Laptop', differences: Differences = {}, by = sender) => {
      const body = { token, name, response: device.create(options, differences) }
      return send<AddedPasskey>('POST', '/api/passkeys', { ...by, body })
    }
    return { ...begun, device, token, options, finish }
  }

  async function add(as: string, name?: string) {
    const begun = await begin(as)
    const { status, body } = await begun.finish(name)
    expect([status, body]).toEqual([201, expect.anything()])
    return { device: begun.device, added: body as AddedPasskey }
  }

  const ask = async (on?: TestSystem) =>
    (await send<PasskeyRequest>('POST', '/api/login/passkey/options', { as: null, on })).body

  /** Logs in with a passkey alone. */
  async function logInWith(
    device: Authenticator,
    asked?: PasskeyRequest,
    { on, ...differences }: Differences & { on?: TestSystem } = {},
  ) {
    const { token, options } = asked ?? (await ask(on))
    const body = { token, response: device.get(options, differences) }
    return send<Tokens>('POST', '/api/login/passkey', { as: null, body, on })
  }

  /** Logs in with the password, and further proofs. */
  const logIn = (username: string, shown: Partial<Credentials> = {}, on?: TestSystem) =>
    send<Tokens & { passkey?: PasskeyRequest; secret?: string }>('POST', '/api/login', {
      as: null,
      body: { username, password: testPassword, ...shown },
      on,
    })

  const at = () => new Date(clock.now).toISOString()
  const people = { begin, add, ask, logIn, logInWith }
  return { at, clock, system: () => system, open, send, ...people }
}
