import type { App } from '../../shared/app.ts'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { toServiceCaller } from '../../shared/access.ts'
import { createClient, type Client } from '../../shared/host/client.ts'
import { readConfig } from '../../shared/host/config.ts'
import { handleInside } from '../../shared/host/inside.ts'
import { createLog } from '../../shared/host/log.ts'
import type { Tokens } from '../../shared/schemas/user.ts'
import { createSecret } from '../../shared/host/secret.ts'
import type { MakeDatabase } from '../../shared/testing/describe-stores.ts'
import { createServiceTokens } from '../../shared/host/service-token.ts'
import { compose, type ComposeOptions } from '../compose.ts'
import { partNames, serviceNames } from '../index.ts'
import { composeBesideDeno, hasPartForDeno } from './beside-deno.ts'

export interface TestSystem {
  app: App
  /** Calls as the system itself. */
  client: <Api extends App>() => Client<Api>
  /** A request through the front door, whole: routing, hooks, errors. */
  send: (method: string, path: string, options?: SendOptions) => Promise<Response>
  /** The access token of a member, signed up and logged in at first use; `admin`: the first one. */
  tokenOf: (name: string) => Promise<string>
  /** A token by which a service proves itself to another; `books` to `ratings` by default. */
  signServiceToken: (caller?: string, callee?: string) => Promise<string>
  /** Learns at once which logins ended, which a process does every two seconds. */
  refresh: () => Promise<void>
  /** Fills it with sample data, as the first start does. */
  fillSamples: () => Promise<void>
  /** Starts what a process does by itself from time to time. */
  startTasks: () => void
  /** Runs one of them now, such as `inventory: review photos`. */
  runTask: (name: string) => Promise<void>
  /** The lines that were logged so far. */
  logged: () => string
  databaseUrl: string
  databaseUrlOf: (service: string) => string
  close: () => Promise<void>
}

export interface SendOptions {
  body?: unknown
  headers?: Record<string, string>
  /** Who sends it: `admin` by default, a member by any other name, null without a token. */
  as?: string | null
}

/** What the users of test systems log in with. */
export const testPassword = 'a password for tests'

/** The environment of a system for tests; small systems of one machine share it. */
export const testEnvironment = {
  SECRET: 'a secret that is long enough for tests',
  ADMIN_PASSWORD: testPassword,
  USER_LIMIT_PER_MINUTE: '0',
  ADDRESS_LIMIT_PER_MINUTE: '0',
  LOGIN_LIMIT_PER_MINUTE: '0',
  SIGN_UP_LIMIT_PER_HOUR: '0',
}

// Real, but at its lowest cost: at what it costs to guess, it would be a third of the tests' work.
const hashPassword = (password: string) =>
  Bun.password.hash(password, { algorithm: 'argon2id', memoryCost: 8, timeCost: 1 })

/** For tests of what happens while a password is hashed: as slowly as where it counts. */
export const slowHashes = { hashPassword: undefined }

/** Composes real services on a fresh database; nothing listens. */
export async function startForTest(
  makeDatabase: MakeDatabase,
  options: Partial<ComposeOptions> & { environment?: Record<string, string> } = {},
): Promise<TestSystem> {
  const database = await makeDatabase({ migrated: true })
  let lines = ''
  const log = createLog({ level: 'debug', format: 'json', write: (text) => (lines += text) })
  const blobs = await mkdtemp(join(tmpdir(), 'campus-test-blobs-'))
  const places = {
    DATABASE_URL: database.url,
    BLOB_URL: `file:${blobs}`,
    KEYS_FILE: `${blobs}/keys.json`,
  }
  const environment = { ...testEnvironment, ...places, ...options.environment }
  const config = readConfig(environment, serviceNames)
  const wanted = { parts: partNames, log, hashPassword, ...options }
  let readOutput = () => ''
  const onOutput = (read: () => string) => (readOutput = read)
  const system = hasPartForDeno(wanted.parts)
    ? await composeBesideDeno({ ...wanted, environment, onOutput })
    : await compose({ ...wanted, config })
  await system.prepare()
  const { app } = system
  const serviceTokens = createServiceTokens({
    secret: createSecret(environment.SECRET),
    keys: undefined,
    callers: [],
    callees: [],
    clock: options.clock ?? Date.now,
  })

  async function request(path: string, method: string, { body, headers }: SendOptions) {
    return handleInside(
      app,
      new Request(`http://localhost${path}`, {
        method,
        headers: {
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && {
          body: isRaw(body) ? body : JSON.stringify(body),
        }),
      }),
    )
  }

  async function logIn(username: string): Promise<string> {
    if (username !== 'admin') {
      const body = { username, email: `${username}@test.example`, password: testPassword }
      await request('/api/users', 'POST', { body })
    }
    const body = { username, password: testPassword }
    const answer = await request('/api/login', 'POST', { body })
    if (answer.status !== 200) throw new Error(`Login answered: ${await answer.text()}`)
    return ((await answer.json()) as Tokens).access_token
  }

  const tokens = new Map<string, Promise<string>>()

  function tokenOf(name: string): Promise<string> {
    const token = tokens.get(name) ?? logIn(name)
    tokens.set(name, token)
    return token
  }

  return {
    app,
    client: <Api extends App>() =>
      createClient<Api>(app, {
        timeout_ms: 5000,
        caller: toServiceCaller('test', 'system'),
        signToken: async () => '',
      }),
    send: async (method, path, { as = 'admin', ...options } = {}) => {
      if (as === null) return request(path, method, options)
      const send = async () => {
        const headers = { authorization: `Bearer ${await tokenOf(as)}`, ...options.headers }
        return request(path, method, { ...options, headers })
      }
      const answer = await send()
      if (answer.status !== 401 || options.headers?.authorization) return answer
      // Where tests move the clock, tokens get old.
      tokens.delete(as)
      return send()
    },
    tokenOf,
    signServiceToken: (caller = 'books', callee = 'ratings') => serviceTokens.sign(caller, callee),
    refresh: system.refresh,
    fillSamples: system.fillSamples,
    startTasks: system.startTasks,
    runTask: system.runTask,
    logged: () => {
      log.flush()
      return lines + readOutput()
    },
    databaseUrl: config.databaseUrl('inventory'),
    databaseUrlOf: config.databaseUrl,
    close: async () => {
      system.stop()
      await system.close()
      await database.remove()
      await rm(blobs, { recursive: true })
    },
  }
}

function isRaw(body: unknown): body is string | Uint8Array<ArrayBuffer> {
  return typeof body === 'string' || body instanceof Uint8Array
}
