import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Migration } from './migration.ts'
import type { Connections, PostgresClient } from './postgres-client.ts'
import { createExpectation, type SchemaObject } from './schema.ts'

/** A pool or one of its connections, to read a schema with. */
type Client = Pick<PostgresClient, 'unsafe'>

export interface SchemaGuard {
  /** Sets what the schema must be, as the files make it; undefined: as it is found first. */
  expect: (made: SchemaObject[] | undefined, files: readonly Migration[]) => void
  /**
   * Compares; what comes together shares one look.
   * @param age_ms how old a look that found no difference may be
   * @throws `schemaChanged`
   */
  compare: (age_ms?: number) => Promise<void>
  /** @throws what `compare` last found; costs nothing */
  requireSame: () => void
}

// A migration by another process may end between two queries of the catalogue.
const lookAgainAfter_ms = 200

export function createSchemaGuard(connections: Connections): SchemaGuard {
  let expected: { made: SchemaObject[] | undefined; files: readonly Migration[] } | undefined
  let expectation: ReturnType<typeof createExpectation> | undefined
  let changed: unknown
  let comparing: Promise<void> | undefined
  let same = -Infinity
  let snapshot: string | undefined

  async function look(): Promise<unknown> {
    const { found, applied } = await connections.ask(readSchema)
    expectation ??= createExpectation(expected?.made ?? found, expected?.files ?? [])
    try {
      expectation.require(found, applied)
      return undefined
    } catch (error) {
      return error
    }
  }

  async function compareNow(): Promise<void> {
    if (!expected) return
    const begin = performance.now()
    const now = await connections.ask(readSnapshot)
    if (now === snapshot) {
      same = begin
      return
    }
    let difference = await look()
    if (difference) {
      await sleep(lookAgainAfter_ms)
      difference = await look()
    }
    changed = difference
    same = changed ? -Infinity : begin
    snapshot = changed ? undefined : now
    if (changed) throw changed
  }

  return {
    expect: (made, files) => {
      expected = { made, files }
      expectation = undefined
      same = -Infinity
      snapshot = undefined
    },
    compare: async (age_ms = 0) => {
      if (performance.now() - same < age_ms) return
      await (comparing ??= compareNow().finally(() => {
        comparing = undefined
      }))
    },
    requireSame: () => {
      if (changed) throw changed
    },
  }
}

/** What is visible: while it is the same, nothing was committed on the whole server. */
async function readSnapshot(client: Client): Promise<string | undefined> {
  const query = 'SELECT pg_current_snapshot()::text AS snapshot'
  const [row] = await client.unsafe<{ snapshot: string }[]>(query, [], { prepare: true })
  return row?.snapshot
}

/**
 * Everything in the current schema as text, as PostgreSQL words it, and the migrations that made
 * it.
 */
export async function readSchema(
  client: Client,
): Promise<{ found: SchemaObject[]; applied: string[] }> {
  const rows = await client.unsafe<(SchemaObject & { kind: string })[]>(definitions, [], {
    prepare: true,
  })
  const isMigration = ({ kind }: SchemaObject) => kind === 'migration'
  return {
    found: rows.filter((row) => !isMigration(row) && row.table !== 'migrations'),
    applied: rows.filter(isMigration).map(({ name }) => name),
  }
}

// By the server's version and the files: nothing else decides it, and to make it costs a second of
// the server's processor time for all services.
const made = new Map<string, SchemaObject[] | undefined>()

/**
 * What migrations make of an empty schema; once in a process, however many databases it opens.
 * @returns undefined where we may not make a schema
 */
export async function makeSchema(
  connection: PostgresClient,
  files: readonly Migration[],
): Promise<SchemaObject[] | undefined> {
  const [server] = await connection.unsafe<{ server_version: string }[]>('SHOW server_version')
  const key = [server?.server_version, ...files.map(({ name, hash }) => `${name} ${hash}`)].join()
  const schema = made.get(key) ?? (await makeAside(connection, files))
  made.set(key, schema)
  return schema
}

/**
 * They run in a schema of their own, within a transaction that is rolled back. So the text to
 * compare is of this server's version.
 */
async function makeAside(
  connection: PostgresClient,
  files: readonly Migration[],
): Promise<SchemaObject[] | undefined> {
  const name = `campus_${randomUUID().replaceAll('-', '')}`
  await connection.unsafe('BEGIN')
  try {
    // The current schema stays in the path, as extensions may be there.
    await connection.unsafe(`CREATE SCHEMA ${name};
      SELECT set_config('search_path', '${name}, ' || current_setting('search_path'), true);
      CREATE TABLE migrations (name text)`)
    for (const { text } of files) await connection.unsafe(text)
    return (await readSchema(connection)).found
  } catch (error) {
    if ((error as { code?: string }).code === insufficientPrivilege) return undefined
    throw error
  } finally {
    await connection.unsafe('ROLLBACK')
  }
}

const insufficientPrivilege = '42501'

// "default" means: enabled as created. What belongs to an extension is not ours.
const definitions = `
  WITH own AS (SELECT oid, relname, relkind, relpersistence, relrowsecurity FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v'))
  SELECT 'table' AS kind, relname::text AS "table", relname::text AS name,
    concat_ws(' ', relkind, relpersistence, relrowsecurity) AS definition
  FROM own
  UNION ALL
  SELECT 'column', relname, relname || '.' || attname, concat_ws(' ',
    format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated,
    attcollation::regcollation, pg_get_expr(adbin, adrelid))
  FROM own JOIN pg_attribute a ON attrelid = own.oid AND attnum > 0 AND NOT attisdropped
  LEFT JOIN pg_attrdef d ON adrelid = own.oid AND adnum = attnum
  UNION ALL
  SELECT 'constraint', relname, relname || '.' || conname,
    concat_ws(' ', pg_get_constraintdef(c.oid), convalidated)
  FROM own JOIN pg_constraint c ON conrelid = own.oid WHERE contype <> 'n'
  UNION ALL
  SELECT 'index', own.relname, i.relname,
    concat_ws(' ', pg_get_indexdef(indexrelid, 0, true), indisvalid)
  FROM own JOIN pg_index ON indrelid = own.oid JOIN pg_class i ON i.oid = indexrelid
  UNION ALL
  SELECT 'trigger', relname, relname || '.' || tgname,
    concat_ws(' ', pg_get_triggerdef(t.oid, true), tgenabled)
  FROM own JOIN pg_trigger t ON tgrelid = own.oid WHERE NOT tgisinternal OR tgenabled <> 'O'
  UNION ALL
  SELECT 'rule', relname, relname || '.' || rulename, pg_get_ruledef(r.oid, true)
  FROM own JOIN pg_rewrite r ON ev_class = own.oid
  UNION ALL
  SELECT 'function', '', proname, concat_ws(' ', pg_get_function_arguments(p.oid),
    pg_get_function_result(p.oid), prolang, proconfig, prosecdef, prosrc)
  FROM pg_proc p WHERE pronamespace = current_schema()::regnamespace AND NOT EXISTS (
    SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = p.oid AND deptype = 'e')
  UNION ALL
  SELECT 'migration', '', name, '' FROM migrations`
