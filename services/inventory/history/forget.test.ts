import { expect, it } from 'bun:test'
import { sql } from 'drizzle-orm'
import { locateFile } from '../../../shared/program.ts'
import { createStores } from '@campus/store/open.ts'
import type { Store } from '@campus/store/store.ts'
import { changeByHand } from '../../../shared/testing/by-hand.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import type { Allocation } from '../../../shared/schemas/allocation.ts'
import type { WaitlistEntry } from '../../../shared/schemas/waitlist.ts'
import { at, useInventory } from '../fixture.ts'
import { inventoryTables } from '../tables.ts'
import { createForget } from './forget.ts'

const [anna, ben] = ['0190aaaa-0000-7000-8000-00000000aaaa', '0190bbbb-0000-7000-8000-00000000bbbb']
const many = 450

describeStores('a removed account', (makeDatabase) => {
  async function open() {
    const database = await makeDatabase()
    const stores = createStores()
    const store = await stores.open(database.url.replace('{service}', 'inventory'))
    await store.migrate(locateFile('services/inventory/migrations'))
    const tables = inventoryTables(store.columns)
    await store.db.insert(tables.resources).values({
      id: Bun.randomUUIDv7(),
      resource_type: 'Car',
      name: 'One',
      properties: '{}',
      created: 0,
    })
    const close = async () => {
      await stores.close()
      await database.remove()
    }
    return { store, tables, close }
  }

  const toRow = (place: number, created_by: string, booked_for: string | null) => ({
    id: Bun.randomUUIDv7(),
    resource_number: 1,
    from_datetime: place * 1000,
    to_datetime: place * 1000 + 1000,
    allocation_type: 'booking',
    description: '',
    dump: '{}',
    created: 0,
    created_by,
    booked_for,
  })

  /** Every text of the tables in which the id is. */
  async function count(store: Store, id: string): Promise<number> {
    const names = ['created_by', 'booked_for', 'changed_by'].map((name) => `coalesce(${name}, '')`)
    const [found] = await store.rows<{ count: number }>(sql`SELECT
      (SELECT count(*) FROM allocations WHERE ${sql.raw(`${names[0]} || ${names[1]}`)}
        LIKE ${`%${id}%`})
      + (SELECT count(*) FROM allocation_versions
        WHERE ${sql.raw(names.join(' || '))} LIKE ${`%${id}%`})
      + (SELECT count(*) FROM events WHERE signed_by = ${id}) AS count`)
    return Number(found?.count)
  }

  it('leaves the spans of its bookings, and no trace of itself', async () => {
    const { store, tables, close } = await open()
    const { allocations, allocation_versions: versions, events } = tables
    const owners = [
      [anna, null],
      [anna, ben],
      [ben, anna],
      [ben, null],
    ] as const
    const rows = Array.from({ length: many }, (_, place) => {
      const [created_by, booked_for] = owners[place % 4] ?? owners[0]
      return toRow(place, created_by, booked_for)
    })
    await store.db.insert(allocations).values(rows)
    for (const signer of [anna, ben]) {
      const change = sql`UPDATE allocations SET description = ${signer}, version = version + 1
        WHERE ${store.signedBy(signer)}`
      await store.atomically([change])
    }
    await store.atomically([sql`UPDATE resources SET note = 'x' WHERE ${store.signedBy(anna)}`])
    const before = await count(store, ben)
    const counts = async () => [
      await store.db.$count(allocations),
      await store.db.$count(versions),
      await store.db.$count(events),
    ]
    const all = await counts()
    expect(all).toEqual([many, 2 * many, 3 * many + 2])
    expect(await count(store, anna)).toBeGreaterThan(many)

    const forget = createForget(store, tables)
    await forget([anna])
    await forget([anna])
    expect(await count(store, anna)).toBe(0)
    expect(await count(store, ben)).toBe(before)
    // Nothing else happened: no version and no event says that, or of whom.
    expect(await counts()).toEqual(all)
    const spans = await store.db.select({ from: allocations.from_datetime }).from(allocations)
    expect(new Set(spans.map(({ from }) => from)).size).toBe(many)
    await close()
  })
})

describeStores('the bookings of a removed account', (makeDatabase) => {
  const { call, add, system } = useInventory(makeDatabase)

  it('stay, without its name', async () => {
    const car = await add()
    const span = { from_datetime: at('08'), to_datetime: at('09') }
    const as = 'zoe'
    const made = await call<Allocation>('POST', `${car}/allocations`, { body: span, as })
    const { id, created_by } = made.body
    await call('PATCH', `${car}/allocations/${id}`, { body: { description: 'x' }, as })
    expect((await call('DELETE', `/api/users/${created_by}`)).status).toBe(204)
    system().startTasks()
    const read = async () => (await call<Allocation>('GET', `${car}/allocations/${id}`)).body
    const readVersions = async () => (await call('GET', `/api/allocations/${id}/history`)).body
    const isForgotten = async () =>
      !JSON.stringify([await read(), await readVersions()]).includes(created_by)
    while (!(await isForgotten())) await Bun.sleep(100)
    const nobody = { created_by: 'removed', booked_for: 'removed' }
    expect(await read()).toEqual({ ...made.body, ...nobody, description: 'x' })
    const versions = await readVersions()
    expect(versions).toMatchObject([{ by: 'removed', allocation: nobody }, { allocation: nobody }])
  }, 20_000)

  it('leave the waiting list, without its name in entries for others', async () => {
    const car = await add()
    const span = { from_datetime: at('08'), to_datetime: at('09') }
    await call('POST', `${car}/allocations`, { body: span })
    const idOfUser = async (as: string) =>
      (await call<{ id: string }>('GET', '/api/users/me', { as })).body.id
    const [leaver, stays] = [await idOfUser('leaver'), await idOfUser('stays')]
    const body = { resource_id: car.slice(-36), ...span, booked_for: stays }
    const made = await call<WaitlistEntry>('POST', '/api/waitlist', { body })
    expect(made.body).toMatchObject({ booked_for: stays })
    // As an administrator who was one then.
    await changeByHand(
      system().databaseUrl,
      `UPDATE waitlist SET created_by = '${leaver}' WHERE booked_for = '${stays}'`,
    )
    expect((await call('DELETE', `/api/users/${leaver}`)).status).toBe(204)
    system().startTasks()
    const path = `/api/waitlist/${made.body.id}`
    const read = async () => (await call<WaitlistEntry>('GET', path)).body
    for (let turn = 0; turn < 100; turn++) {
      if ((await read()).created_by !== leaver) break
      await Bun.sleep(100)
    }
    expect(await read()).toMatchObject({ created_by: 'removed', booked_for: stays })
  }, 20_000)

  it('are handled by an inventory in another process too', async () => {
    const token = await system().signServiceToken('inventory', 'users')
    const headers = { 'x-service-token': token }
    const { status } = await call('GET', '/api/users/removed', { as: null, headers })
    expect(status).toBe(200)
  })
})
