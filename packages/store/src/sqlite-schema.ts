import { Database } from 'bun:sqlite'
import type { Migration } from './migration.ts'
import { createExpectation, type SchemaObject } from './schema.ts'

export interface SchemaGuard {
  /** Sets what the schema must be, as these files make it. */
  expect: (files: Migration[]) => void
  /**
   * Call it within a transaction, so that nobody changes the schema between check and commit. Costs
   * a microsecond if unchanged: SQLite counts schema changes in the file header.
   * @throws `schemaChanged`
   */
  require: () => void
}

export function createSchemaGuard(database: Database): SchemaGuard {
  let expectation: ReturnType<typeof createExpectation> | undefined
  let verified: unknown

  return {
    expect: (files) => {
      expectation = createExpectation(makeSchema(files), files)
      verified = undefined
    },
    require: () => {
      if (!expectation) return
      const version = database.query('PRAGMA schema_version').values()[0]?.[0]
      if (version === verified) return
      const applied = database.query<{ name: string }, []>('SELECT name FROM migrations').all()
      expectation.require(
        readSchema(database),
        applied.map(({ name }) => name),
      )
      verified = version
    },
  }
}

/** Everything in a schema as text, except SQLite's own tables and the list of migrations. */
export function readSchema(database: Database): SchemaObject[] {
  return database
    .query<SchemaObject, []>(
      `SELECT type AS kind, tbl_name AS "table", name, sql AS definition FROM sqlite_schema
       WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> 'migrations'`,
    )
    .all()
}

/** The schema of a file, and the migrations it has recorded. */
export function readFile(file: string): { found: SchemaObject[]; applied: string[] } {
  using database = new Database(file, { readonly: true })
  const applied = database.query<{ name: string }, []>('SELECT name FROM migrations').all()
  return { found: readSchema(database), applied: applied.map(({ name }) => name) }
}

/** What migrations make of an empty database. */
export function makeSchema(files: readonly Migration[]): SchemaObject[] {
  const database = new Database(':memory:')
  try {
    for (const { text } of files) database.run(text)
    return readSchema(database)
  } finally {
    database.close()
  }
}
