import { describe } from 'bun:test'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDatabase, dropDatabase, startPostgres, type PostgresServer } from './postgres.ts'

export interface TestDatabase {
  url: string
  remove: () => Promise<void>
}

export interface DatabaseOptions {
  /** With the tables of all services if `bun run test` provides them, for a faster start. */
  migrated?: boolean
}

/** Makes a fresh, empty database; called once per test that needs one. */
export type MakeDatabase = (options?: DatabaseOptions) => Promise<TestDatabase>

/** Runs the same tests on SQLite and on a real PostgreSQL. */
export function describeStores(name: string, tests: (makeDatabase: MakeDatabase) => void): void {
  // What runs on Deno has no SQLite there.
  if (!process.env.TEST_DENO) describe(`${name} on SQLite`, () => tests(makeSqlite))
  describe(`${name} on PostgreSQL`, () => tests(makePostgres))
}

/** A folder for the SQLite files of all services. */
export async function makeSqlite({ migrated }: DatabaseOptions = {}): Promise<TestDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'campus-test-'))
  const template = migrated && process.env.TEST_SQLITE_TEMPLATE
  if (template) await cp(template, folder, { recursive: true })
  const remove = () => rm(folder, { recursive: true, force: true })
  return { url: `sqlite:${folder}/{service}.sqlite`, remove }
}

let server: Promise<PostgresServer> | undefined

/** A schema for each service in a database of its own. */
export async function makePostgres({ migrated }: DatabaseOptions = {}): Promise<TestDatabase> {
  server ??= startPostgres()
  const { url: serverUrl } = await server
  const template = migrated ? process.env.TEST_POSTGRES_TEMPLATE : undefined
  const url = await createDatabase(serverUrl, template === undefined ? {} : { template })
  // Creating a schema takes a millisecond, a database twenty.
  return { url: `${url}?search_path={service}`, remove: () => dropDatabase(serverUrl, url) }
}
