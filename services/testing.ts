import type { AnyElysia } from 'elysia'
import { createClient, type Client } from '../shared/client.ts'
import { readConfig } from '../shared/config.ts'
import { createLog } from '../shared/log.ts'
import type { MakeDatabase } from '../shared/testing/describe-stores.ts'
import { compose, type ComposeOptions } from './compose.ts'
import { serviceNames } from './index.ts'

export interface TestSystem {
  app: AnyElysia
  client: <Api extends AnyElysia>() => Client<Api>
  /** A request through the front door, whole: routing, hooks, errors. */
  send: (method: string, path: string, options?: SendOptions) => Promise<Response>
  /** The lines that were logged so far. */
  logged: () => string
  databaseUrl: string
  close: () => Promise<void>
}

export interface SendOptions {
  body?: unknown
  headers?: Record<string, string>
}

/** Composes real services on a fresh database; nothing listens. */
export async function startForTest(
  makeDatabase: MakeDatabase,
  options: Partial<ComposeOptions> & { environment?: Record<string, string> } = {},
): Promise<TestSystem> {
  const database = await makeDatabase()
  let lines = ''
  const log = createLog({ level: 'debug', format: 'json', write: (text) => (lines += text) })
  const environment = { DATABASE_URL: database.url, ...options.environment }
  const config = readConfig(environment, serviceNames)
  const parts = ['gateway', ...serviceNames] as const
  const system = await compose({ parts, config, log, ...options })
  const { app } = system
  return {
    app,
    client: <Api extends AnyElysia>() => createClient<Api>(app as Api, 5000),
    send: (method, path, { body, headers } = {}) =>
      app.handle(
        new Request(`http://localhost${path}`, {
          method,
          headers: {
            ...(body !== undefined && { 'content-type': 'application/json' }),
            ...headers,
          },
          ...(body !== undefined && {
            body: typeof body === 'string' ? body : JSON.stringify(body),
          }),
        }),
      ),
    logged: () => {
      log.flush()
      return lines
    },
    databaseUrl: config.databaseUrl('inventory'),
    close: async () => {
      system.stop()
      await system.close()
      await database.remove()
    },
  }
}
