import { describe, expect, it } from 'bun:test'
import type { SQL } from 'drizzle-orm'
import { SQLiteAsyncDialect } from 'drizzle-orm/sqlite-core'
import { checkPages } from './store-checks.ts'

type Reader = Parameters<typeof checkPages>[0]

const dialect = new SQLiteAsyncDialect()
type Answer = object[] | Error

/**
 * A database that answers each query by the first text that is in it: damage that no test can make
 * on a real server.
 */
function openDamaged(kind: Reader['dialect'], answers: Record<string, Answer>) {
  const asked: string[] = []
  const rows = async (query: SQL) => {
    const { sql: text } = dialect.sqlToQuery(query)
    asked.push(text)
    const [, answer = []] = Object.entries(answers).find(([part]) => text.includes(part)) ?? []
    if (answer instanceof Error) throw answer
    return answer
  }
  const reader = { dialect: kind, rows, close: async () => {} } as unknown as Reader
  const said: string[] = []
  const run = () => Array.fromAsync(checkPages(reader, (text) => said.push(text)))
  return { run, said, asked }
}
const fault = (message: string, code: string) => Object.assign(new Error(message), { code })
const relation = (name: string, kind: string, method: string | null = null) => {
  return { oid: String(name.length), name, kind, method }
}
const relations = [
  relation('cars', 'r', 'heap'),
  relation('by_name', 'i', 'btree'),
  relation('by_span', 'i', 'gist'),
]

describe('a damaged PostgreSQL', () => {
  it('has bad checksums, of this database', async () => {
    const bad = openDamaged('postgres', { checksum_failures: [{ count: '3' }] })
    expect(await bad.run()).toEqual(['the server counted 3 bad checksums'])
    expect(bad.asked[0]).toContain('WHERE datname = current_database()')
    for (const count of ['0', null]) {
      const good = openDamaged('postgres', { checksum_failures: [{ count }] })
      expect(await good.run()).toEqual([])
    }
    expect(await openDamaged('postgres', {}).run()).toEqual([])
  })

  it('has pages that cannot be read; each table is read to its last value', async () => {
    const { run, asked, said } = openDamaged('postgres', {
      'FROM pg_class': relations,
      'sum(length': fault('invalid page in block 3', 'XX001'),
    })
    expect(await run()).toEqual(['cars: invalid page in block 3'])
    expect(said).toHaveLength(1)
    // Indexes can only be read with the extension.
    expect(asked.filter((text) => text.includes('bt_index_check'))).toEqual([])
    expect(asked.at(-1)).toMatch(/sum\(length\(t::text\)\) < 0.*FROM "cars" t/s)
    expect(asked.find((text) => text.includes('pg_class'))).toContain('ON a.oid = relam')
  })

  it('has broken tables and indexes by its own extension', async () => {
    const found = openDamaged('postgres', {
      'FROM pg_extension': [{ schema: 'checks' }],
      'FROM pg_class': relations,
      'checks.verify_heapam(4)': [{ msg: 'line pointer is odd' }, { msg: 'xmin is too old' }],
      'checks.bt_index_check(7, true)': fault('item order invariant violated', 'XX002'),
    })
    expect(await found.run()).toEqual([
      'cars: line pointer is odd',
      'cars: xmin is too old',
      'by_name: item order invariant violated',
    ])
    expect(found.said).toEqual([])
    expect(found.asked.filter((text) => text.includes('index_check'))).toHaveLength(1)
  })

  it('is not one that is away while it is looked at', async () => {
    const away = fault('gone', '57P01')
    const { run } = openDamaged('postgres', {
      'FROM pg_class': relations,
      'sum(length': away,
    })
    expect(await run().catch((error: unknown) => error)).toBe(away)
  })
})

describe('a damaged SQLite', () => {
  it('has pages and rows that cannot be read, one table at a time', async () => {
    const { run, asked } = openDamaged('sqlite', {
      pragma_table_list: [{ name: 'cars' }, { name: 'notes' }],
      'integrity_check("cars")': [{ integrity_check: 'ok' }],
      'foreign_key_check("cars")': [{}, {}],
      'integrity_check("notes")': fault('malformed', 'SQLITE_CORRUPT'),
      'foreign_key_check("notes")': fault('malformed as well', 'SQLITE_CORRUPT'),
    })
    expect(await run()).toEqual([
      'cars: 2 rows refer to rows that are not there',
      'notes: malformed',
      'notes: malformed as well',
    ])
    expect(asked[0]).toMatch(/schema = 'main' AND name NOT LIKE 'sqlite_%'/)
  })
})
