import { expect, it, setDefaultTimeout } from 'bun:test'
import { sql } from 'drizzle-orm'
import { connect } from 'node:net'
import type { Position } from '../../shared/event-position.ts'
import { createStores } from '@campus/store/open.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { listenForTest } from '../../shared/testing/listen.ts'
import { writeBulletin, type EventFilter } from './event-text.ts'
import { useInventory } from './fixture.ts'
import { inventoryTables } from './tables.ts'

setDefaultTimeout(60_000)

const path = '/api/allocations/events'

describeStores('an event stream', (makeDatabase) => {
  const { add, system } = useInventory(makeDatabase)

  it('is cut off if nobody reads it, without blocking others', async () => {
    const car = await add()
    const url = new URL(listenForTest(system().app))
    const authorization = `Bearer ${await system().tokenOf('admin')}`
    const socket = connect(Number(url.port), url.hostname)
    let received = 0
    let isEnded = false
    socket.on('data', (data) => (received += data.length))
    socket.on('end', () => (isEnded = true))
    const head = [`GET ${path} HTTP/1.1`, 'Host: x', 'Connection: close']
    socket.write([...head, `Authorization: ${authorization}`, '', ''].join('\r\n'))
    while (received === 0) await Bun.sleep(5)
    socket.pause()
    const total = await writeEvents(system().databaseUrl, car)
    await Bun.sleep(3000)
    socket.resume()
    for (let waited = 0; !isEnded && waited < 1000; waited++) await Bun.sleep(10)
    expect(isEnded).toBe(true)
    expect(received).toBeLessThan(total)
    socket.destroy()
  })
})

// More than the system holds for a connection, in events as long as no trigger writes them.
const eventsCount = 6000
const kind = 'x'.repeat(4000)

async function writeEvents(databaseUrl: string, car: string): Promise<number> {
  const stores = createStores()
  const store = await stores.open(databaseUrl)
  const id = sql.param(car.slice(-36), inventoryTables(store.columns).resources.id)
  await store.atomically([
    sql`INSERT INTO events (kind, resource_number)
      WITH RECURSIVE steps(step) AS (
        SELECT 1 UNION ALL SELECT step + 1 FROM steps WHERE step < ${sql.raw(String(eventsCount))})
      SELECT ${kind}, number FROM steps, resources WHERE id = ${id}`,
  ])
  await stores.close()
  return eventsCount * kind.length
}

it('is serialized once for all followers of the same', () => {
  const batch = [1, 2, 3].map((id) => ({
    transaction: 0,
    id,
    kind: 'allocation.created',
    resource_type: id === 2 ? 'Truck' : 'Car',
    resource_id: `resource ${id}`,
    visible_to: null,
    data: { id },
  }))
  const write = writeBulletin('0123456789abcdef', batch)
  const bulletin = (filter: EventFilter, at: Position) =>
    write({ filter, viewer: { role: 'member', groups: [] }, at })
  const start = { transaction: 0, id: 0 }
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
  expect(bulletin({}, start)).toBe(bulletin({}, start))
  expect(bulletin({ type: 'Car' }, start)).toBe(bulletin({ type: 'Car' }, start))
  expect(text(bulletin({ type: 'Truck' }, start))).toBe(
    'id: 0123456789abcdef-0-2\nevent: allocation.created\ndata: {"id":2}\n\n',
  )
  // Nobody is told of what is another's, or what he knows.
  expect(text(bulletin({ resource_id: 'resource 3' }, start))).not.toContain('"id":1')
  expect(text(bulletin({}, { transaction: 0, id: 2 }))).not.toContain('"id":2')
  expect(bulletin({}, { transaction: 0, id: 3 })).toHaveLength(0)
})
