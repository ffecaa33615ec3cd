import postgres from 'postgres'
import { toReport, type LoadOrder } from './load.ts'
import { createTally } from '../harness/tally.ts'

// Plain SQL without a service: one row a statement, one commit a row, prepared, one in flight per
// connection. Books at random like the load generator.

const order = JSON.parse(await Bun.stdin.text()) as LoadOrder
const sql = postgres(order.url, { max: order.connections })
const numbers = await sql<{ number: number }[]>`SELECT number FROM resources`
let tally = createTally()

const first = Date.parse('2030-01-01T00:00:00Z')
const century_minutes = 36_525 * 1440

for (let count = 0; count < order.connections; count++) void bookForEver()
await Bun.sleep(order.warmUp_ms)
// Rows up to now are not counted.
tally = createTally()
const begin = performance.now()
await Bun.sleep(order.length_ms)
console.log(JSON.stringify(toReport(tally, (performance.now() - begin) / 1000)))
process.exit(0)

async function bookForEver(): Promise<void> {
  for (;;) {
    const sentAt = performance.now()
    const status = await book().catch((error: Error) => error.name)
    tally.add(status, performance.now() - sentAt)
  }
}

async function book(): Promise<string> {
  const { number = 0 } = numbers[Math.floor(Math.random() * numbers.length)] ?? {}
  const from = first + Math.floor(Math.random() * century_minutes) * 60_000
  const won = await sql`
    INSERT INTO allocations (id, resource_number, from_datetime, to_datetime,
      allocation_type, description, dump, created, created_by)
    VALUES (${Bun.randomUUIDv7()}, ${number}, ${new Date(from)}, ${new Date(from + 60_000)},
      'booking', 'bench', '{}', ${new Date()}, 'bench')
    ON CONFLICT DO NOTHING`
  return won.count === 1 ? '201' : '409'
}
