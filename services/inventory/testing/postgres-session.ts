import postgres from 'postgres'
import { tables, type HandResult, type SqlSession, type StoredRow } from './sql-session.ts'

interface Row {
  id: string
  resource_id: string
  from_ms: number
  to_ms: number
  before: number
  after: number
  allocation_type: string
  version: number
  held_until: number | null
}

interface VersionRow extends Omit<Row, 'resource_id' | 'allocation_type'> {
  change: string | null
  changed_by: string | null
}

// So many people at psql at once.
const connectionsMax = 4

/** The `psql` at hand: plain statements, one transaction each. */
export function openPostgresSession(url: string): SqlSession {
  const sql = postgres(url, { max: connectionsMax, onnotice: () => {} })
  return {
    mayDeadlock: true,
    insert: ({ id, resource_id, span }) =>
      attempt(sql`
        INSERT INTO allocations (id, resource_number, from_datetime, to_datetime,
          allocation_type, description, dump, created, created_by, buffer_before_seconds,
          buffer_after_seconds)
        SELECT ${id}::uuid, number, begins - before * interval '1 second',
          ends + after * interval '1 second', 'booking', '', '{}', now(), 'by hand', before, after
        FROM (
          SELECT number, begins, ends,
            CASE WHEN isfinite(begins) THEN coalesce(buffer_before_seconds, 0) ELSE 0 END AS before,
            CASE WHEN isfinite(ends) THEN coalesce(buffer_after_seconds, 0) ELSE 0 END AS after
          FROM resources, (SELECT ${toText(span.from)}::text::timestamptz AS begins,
            ${toText(span.to)}::text::timestamptz AS ends) AS given
          WHERE id = ${resource_id}) AS kept`),
    move: (id, span) =>
      attempt(sql`
        UPDATE allocations SET
          from_datetime = begins - buffer_before_seconds * interval '1 second',
          to_datetime = ends + buffer_after_seconds * interval '1 second',
          buffer_before_seconds = CASE WHEN isfinite(begins) THEN buffer_before_seconds ELSE 0 END,
          buffer_after_seconds = CASE WHEN isfinite(ends) THEN buffer_after_seconds ELSE 0 END
        FROM (SELECT ${toText(span.from)}::text::timestamptz AS begins,
          ${toText(span.to)}::text::timestamptz AS ends) AS given
        WHERE id = ${id}`),
    remove: (id) => attempt(sql`DELETE FROM allocations WHERE id = ${id}`),
    end: async (id) => {
      const result = await attempt(sql`
        UPDATE allocations SET held_until = '1970-01-02' WHERE id = ${id} AND held_until > now()`)
      await attempt(sql`
        INSERT INTO waitlist_turns (resource_number, from_datetime, to_datetime)
        SELECT resource_number, from_datetime, to_datetime FROM allocations
        WHERE id = ${id} AND held_until = '1970-01-02'`)
      return result
    },
    readRows: async (ids) => {
      const rows = await sql<Row[]>`
        SELECT a.id, r.id AS resource_id, a.allocation_type, a.version,
          (extract(epoch FROM a.from_datetime) * 1000)::float8 AS from_ms,
          (extract(epoch FROM a.to_datetime) * 1000)::float8 AS to_ms,
          1000 * a.buffer_before_seconds AS before, 1000 * a.buffer_after_seconds AS after,
          (extract(epoch FROM a.held_until) * 1000)::float8 AS held_until
        FROM allocations a JOIN resources r ON r.number = a.resource_number
        WHERE ${ids ? sql`r.id = ANY(${ids}::uuid[])` : sql`true`}
          AND (a.held_until IS NULL OR a.held_until > now())
        ORDER BY a.resource_number, a.from_datetime`
      return rows.map(toRow)
    },
    readVersions: async () => {
      const rows = await sql<VersionRow[]>`
        SELECT id, version, change, changed_by,
          1000 * buffer_before_seconds AS before, 1000 * buffer_after_seconds AS after,
          (extract(epoch FROM from_datetime) * 1000)::float8 AS from_ms,
          (extract(epoch FROM to_datetime) * 1000)::float8 AS to_ms,
          (extract(epoch FROM held_until) * 1000)::float8 AS held_until
        FROM (
          SELECT allocation_id AS id, from_datetime, to_datetime, version, held_until, change,
            changed_by, buffer_before_seconds, buffer_after_seconds, number
          FROM allocation_versions
          UNION ALL
          SELECT id, from_datetime, to_datetime, version, held_until, NULL, NULL,
            buffer_before_seconds, buffer_after_seconds, NULL
          FROM allocations) AS versions
        ORDER BY number NULLS LAST`
      return rows.map(({ id, version, held_until, change, changed_by, ...at }) => {
        return { id, version, held_until, change, changed_by, span: toSpans(at).span }
      })
    },
    dump: async () => {
      const contents = tables.map((name) => sql`SELECT t::text FROM ${sql(name)} t ORDER BY 1`)
      return JSON.stringify(await Promise.all(contents))
    },
    close: () => sql.end({ timeout: 5 }),
  }
}

// Exclusion and check violations; 22000 is a range whose end comes before its start.
const refusals = new Set(['23P01', '23514', '22000'])

async function attempt(query: PromiseLike<{ count: number }>): Promise<HandResult> {
  try {
    const { count } = await query
    return count > 0 ? 'done' : 'absent'
  } catch (error) {
    const code = error instanceof postgres.PostgresError ? error.code : ''
    if (refusals.has(code)) return 'refused'
    if (code === '40P01') return 'deadlock'
    throw error
  }
}

function toText(time_ms: number): string {
  return Number.isFinite(time_ms) ? new Date(time_ms).toISOString() : String(time_ms).toLowerCase()
}

function toRow({ from_ms, to_ms, before, after, ...rest }: Row): StoredRow {
  return { ...rest, ...toSpans({ from_ms, to_ms, before, after }) }
}

function toSpans(row: Pick<Row, 'from_ms' | 'to_ms' | 'before' | 'after'>) {
  const { from_ms: from, to_ms: to, before, after } = row
  return { span: { from: from + before, to: to - after }, busy: { from, to } }
}
