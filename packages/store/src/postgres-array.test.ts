import { expect, it } from 'bun:test'
import postgres from 'postgres'
import { startPostgres } from '../../../shared/testing/postgres.ts'
import { toTextArray } from './postgres-array.ts'

it('PostgreSQL reads the texts that were written, whatever is in them', async () => {
  const sql = postgres((await startPostgres()).url, { max: 1 })
  for (const texts of [
    [],
    [null],
    ['one'],
    ['a"b', 'c\\d', '{e,f}', '', ' ', 'NULL', null, 'ü\n'],
  ]) {
    const rows = await sql`SELECT text FROM unnest(${toTextArray(texts)}::text::text[]) AS text`
    expect(rows.map(({ text }) => text)).toEqual(texts)
  }
  await sql.end()
}, 60_000)
