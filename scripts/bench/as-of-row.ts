import { Database } from 'bun:sqlite'
import { readAuthorization } from '../harness/administrator.ts'
import { median } from '../harness/figure.ts'
import { makeCars } from './cars.ts'
import { fillTable } from './filled-table.ts'
import { notRun, type Measurement, type Row } from './row.ts'
import { withBench, type Bench } from './bench.ts'

/** The cost of looking back: a former state of a board, against its current state. */
export const asOfRow: Row = {
  name: 'as-of',
  what: 'a month of 300 cars as of a moment, against now: 1,000,000 rows, 500,000 former versions',
  goal: { bound: 'at most', value: 2, unit: '×' },
  measure: () => withBench(readBoards),
}

const rows = 1_000_000
const cars = 300
const looks = 30

async function readBoards(bench: Bench): Promise<Measurement> {
  const file = `${bench.folder}/as-of.sqlite`
  const { url } = await bench.start(['users', 'inventory'], {
    INVENTORY_DATABASE_URL: `sqlite:${file}`,
  })
  await makeCars(url, cars)
  const table = fillTable(file, rows)
  bench.keep(async () => table.close())
  const moment = fillHistory(file)
  const authorization = await readAuthorization(url)
  const times: Record<'now' | 'past', number[]> = { now: [], past: [] }
  const counts = { now: 0, past: 0 }
  for (let look = 0; look < looks; look++) {
    const month = `from=${2035 + look}-03-01T00:00Z&to=${2035 + look}-04-01T00:00Z`
    for (const which of ['now', 'past'] as const) {
      const asOf = which === 'past' ? `&as_of=${moment}` : ''
      const begin = performance.now()
      const board = `${url}/api/allocations?type=Car&limit=5000&${month}${asOf}`
      const answer = await fetch(board, { headers: { authorization } })
      const found = (await answer.json()) as unknown[]
      if (answer.status !== 200) return notRun(JSON.stringify(found))
      times[which].push(performance.now() - begin)
      counts[which] += found.length / looks
    }
  }
  const [now, past] = [median(times.now), median(times.past)]
  const notes = [
    `now ${now.toFixed(1)} ms for ${Math.round(counts.now)} bookings`,
    `as of ${past.toFixed(1)} ms for ${Math.round(counts.past)}`,
  ]
  return { value: past / now, notes }
}

/**
 * Every other booking was moved once, by an hour, after the returned moment; or before it, so that
 * half of the versions must be skipped. One in a hundred is long.
 */
function fillHistory(file: string): string {
  using database = new Database(file)
  const moment = Date.now()
  database.run('PRAGMA busy_timeout = 10000')
  database.run('UPDATE history_start SET began = 0')
  database.run(
    `INSERT INTO allocation_versions (allocation_id, resource_number, from_datetime, to_datetime,
       allocation_type, description, dump, created, created_by, version, valid_from, valid_to,
       change, changed_by, reach)
     SELECT id, resource_number, from_datetime - 3600000,
       to_datetime - 3600000 + iif(rowid % 100 = 0, 864000000, 0),
       allocation_type, description, dump, created, created_by, version, created,
       ?1 + iif(rowid % 4 = 0, 1000, -1000), 'moved', 'bench', iif(rowid % 100 = 0, 1, 0)
     FROM allocations WHERE rowid % 2 = 0`,
    [moment],
  )
  database.run('PRAGMA wal_checkpoint(TRUNCATE)')
  return new Date(moment).toISOString()
}
