import {
  generateDrizzleJson,
  generateMigration as generatePostgres,
  generateSQLiteDrizzleJson,
  generateSQLiteMigration,
} from 'drizzle-kit/api'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { columnsOf, type Columns } from '@campus/store/columns.ts'

export interface GeneratedMigration {
  folder: string
  /** Above all others, four digits; some have been left out. */
  number: string
  /** Empty if the tables match the last snapshot. */
  sql: string
  snapshot: string
}

type Tables = Record<string, unknown>

const services = join(import.meta.dir, '../../services')

/** The SQL from the last snapshot to the current table definitions. */
export async function generateMigration(
  service: string,
  dialect: 'sqlite' | 'postgres',
): Promise<GeneratedMigration> {
  const folder = join(services, service, 'migrations', dialect)
  const define = await loadTables(service)
  const files = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.sql'))
  const last = Math.max(0, ...files.map((name) => Number.parseInt(name, 10)))
  const { statements, snapshot } = await compare(dialect, define(columnsOf[dialect]), folder)
  return {
    folder,
    number: String(last + 1).padStart(4, '0'),
    sql: statements.join('\n'),
    snapshot: `${JSON.stringify(snapshot, null, 2)}\n`,
  }
}

/** @returns what no database with rows can run: a new column without the value it must have */
export function findUnfit(sql: string): string | undefined {
  return sql
    .split('\n')
    .find((line) => /\bADD (?!CONSTRAINT).*NOT NULL/.test(line) && !/DEFAULT/.test(line))
}

/** Loads the table definitions of a service. */
export async function loadTables(service: string): Promise<(c: Columns) => Tables> {
  const path = join(services, service, 'tables.ts')
  const module = (await import(path)) as Record<string, (c: Columns) => Tables>
  const define = module[`${service}Tables`]
  if (define) return define
  throw new Error(`${path} exports no ${service}Tables`)
}

async function compare(dialect: 'sqlite' | 'postgres', tables: Tables, folder: string) {
  const file = Bun.file(`${folder}/snapshot.json`)
  const before: unknown = (await file.exists()) ? await file.json() : undefined
  if (dialect === 'sqlite') {
    type Snapshot = Awaited<ReturnType<typeof generateSQLiteDrizzleJson>>
    const old = (before as Snapshot | undefined) ?? (await generateSQLiteDrizzleJson({}))
    const snapshot = await generateSQLiteDrizzleJson(tables, old.id)
    return { snapshot, statements: await generateSQLiteMigration(old, snapshot) }
  }
  type Snapshot = ReturnType<typeof generateDrizzleJson>
  const old = (before as Snapshot | undefined) ?? generateDrizzleJson({})
  const snapshot = generateDrizzleJson(tables, old.id)
  return { snapshot, statements: await generatePostgres(old, snapshot) }
}
