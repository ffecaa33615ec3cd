import { expect, it, setDefaultTimeout } from 'bun:test'
import { eq, sql } from 'drizzle-orm'
import { createStores } from '@campus/store/open.ts'
import type { AllocatedBundle } from '../../shared/schemas/allocation-bundle.ts'
import type { Problem } from '../../shared/schemas/problem.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import type { ResourceType } from '../../shared/schemas/resource-type.ts'
import { beginByHand, untilAwaited } from '../../shared/testing/by-hand.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { useInventory } from './fixture.ts'
import { inventoryTables } from './tables.ts'
import { minute_ms } from '../../shared/duration.ts'

setDefaultTimeout(60_000)

const start = Date.parse('2031-01-01T00:00:00Z')
const at = (minutes: number) => new Date(start + minutes * minute_ms).toISOString()

const offGrid = sql`SELECT count(*) AS count FROM allocations a
  JOIN resources r ON r.number = a.resource_number
  JOIN resource_types t ON t.name = r.resource_type
  WHERE t.slot_seconds IS NOT NULL`

describeStores('a type changed while in use', (makeDatabase) => {
  const { call, book, system } = useInventory(makeDatabase)
  let made = 0

  async function addType(body: object = {}) {
    const answer = await call<ResourceType>('POST', '/api/resource_types', {
      body: { name: `Contested ${++made}`, ...body },
    })
    return answer.body
  }

  const addOf = ({ name }: ResourceType, label: string) =>
    call<Resource>('POST', '/api/resources', { body: { resource_type: name, name: label } })

  it('is either removed or gets its resource, never both', async () => {
    for (let round = 0; round < 10; round++) {
      const type = await addType()
      const [gone, ...answers] = await Promise.all([
        call('DELETE', `/api/resource_types/${type.id}`),
        ...['a', 'b', 'c'].map((label) => addOf(type, label)),
      ])
      const statuses = answers.map(({ status }) => status)
      for (const status of statuses) expect([201, 404]).toContain(status)
      const isGone = gone?.status === 204
      expect([gone?.status, statuses.includes(201)]).toEqual([isGone ? 204 : 409, !isGone])
    }
  })

  it('has no booking off its grid, in either order', async () => {
    for (let round = 0; round < 10; round++) {
      const type = await addType()
      const { body: room } = await addOf(type, 'room')
      const path = `/api/resources/${room.id}`
      const change = { body: { slot_seconds: 3600 } }
      const [changed, ...answers] = await Promise.all([
        call('PATCH', `/api/resource_types/${type.id}`, change),
        ...[10, 130, 250].map((from) => book(path, at(from), at(from + 20))),
      ])
      const statuses = answers.map(({ status }) => status)
      for (const status of statuses) expect([201, 422]).toContain(status)
      const won = statuses.filter((status) => status === 201).length
      if (changed?.status === 200) expect(won).toBe(0)
      else expect([changed?.status, won > 0]).toEqual([409, true])
    }
    const stores = createStores()
    const store = await stores.open(system().databaseUrl)
    const [row] = await store.rows<{ count: number }>(offGrid)
    await stores.close()
    expect(Number(row?.count)).toBe(0)
  })

  it('is booked on its new grid only, even where the old one is cached', async () => {
    const types = await call<ResourceType[]>('GET', '/api/resource_types')
    const { id } = types.body.find(({ name }) => name === 'Truck') as ResourceType
    const { body: truck } = await call<Resource>('POST', '/api/trucks', { body: { name: 'T' } })
    const path = `/api/trucks/${truck.id}`
    // By hand, so that nobody here has heard of it.
    const stores = createStores()
    const store = await stores.open(system().databaseUrl)
    const { resource_types } = inventoryTables(store.columns)
    const grid = { slot_seconds: 3600, slot_origin: start }
    await store.db.update(resource_types).set(grid).where(eq(resource_types.id, id))
    expect((await book(path, at(10), at(20))).body.code).toBe('not_on_slot_grid')
    expect((await book(path, at(60), at(120))).status).toBe(201)
    await store.db
      .update(resource_types)
      .set({ slot_seconds: 1800 })
      .where(eq(resource_types.id, id))
    await stores.close()
    expect((await book(path, at(150), at(180))).status).toBe(201)
  })

  it('is not booked by a member who read it before it had rules', async () => {
    for (const toItem of [
      ({ id }: Resource) => ({ resource_id: id }),
      ({ resource_type }: Resource) => ({ type: resource_type }),
    ]) {
      const type = await addType()
      const { body: room } = await addOf(type, 'room')
      const bookAt = (minutes: number) =>
        call<AllocatedBundle & Omit<Problem, 'status'>>('POST', '/api/allocations', {
          as: 'member',
          body: {
            items: [toItem(room)],
            from_datetime: at(minutes),
            to_datetime: at(minutes + 20),
          },
        })
      for (const minutes of [0, 20, 40]) expect((await bookAt(minutes)).status).toBe(201)
      const whose = `WHERE name = '${type.name}'`
      // The resource is locked, so that the booking, which has read the type, commits after this.
      const commit = await beginByHand(
        system().databaseUrl,
        `UPDATE resources SET note = note WHERE resource_type = '${type.name}';
         UPDATE resource_types SET managed_by = 'bookings' ${whose}`,
      )
      const late = bookAt(60)
      await untilAwaited(system().databaseUrl)
      await commit()
      const { status, body } = await late
      expect([status, body.code]).toEqual([403, 'managed'])
    }
  })
})
