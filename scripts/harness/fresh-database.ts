import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serviceNames } from '../../services/index.ts'
import { createDatabase, dropDatabase, startPostgres } from '../../shared/testing/postgres.ts'

export const databaseKinds = ['sqlite', 'postgres'] as const
export type DatabaseKind = (typeof databaseKinds)[number]

export interface FreshDatabase {
  /** For DATABASE_URL: an empty database of its own for each service. */
  url: string
  /** For display: `SQLite`, `PostgreSQL 18.4`. */
  description: string
  remove(): Promise<void>
}

/** Creates empty databases until `remove()`, and a server for them if needed. */
export async function openFreshDatabase(kind: DatabaseKind): Promise<FreshDatabase> {
  return kind === 'sqlite' ? openSqlite() : openPostgres()
}

async function openSqlite(): Promise<FreshDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'campus-database-'))
  return {
    url: `sqlite:${folder}/{service}.sqlite`,
    description: 'SQLite',
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

async function openPostgres(): Promise<FreshDatabase> {
  const server = await startPostgres()
  const made: string[] = []
  const remove = async () => {
    for (const url of made) await dropDatabase(server.url, url)
    await server.stop()
  }
  try {
    const prefix = `campus_${randomBytes(4).toString('hex')}_`
    for (const service of serviceNames) {
      made.push(await createDatabase(server.url, { name: prefix + service }))
    }
    // Not by URL.pathname, which would escape the braces.
    const url = `${new URL('/', server.url).href}${prefix}{service}`
    return { url, description: `PostgreSQL ${server.version}`, remove }
  } catch (error) {
    await remove()
    throw error
  }
}
