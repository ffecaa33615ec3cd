import { beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import type { Caller } from '../../shared/access.ts'
import type { Context } from '../../shared/context.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { createAllocationList, type AllocationQuery } from './allocation-list.ts'
import { at, useRules } from './testing/use-rules.ts'

setDefaultTimeout(30_000)

const board = '0190dddd-0000-7000-8000-000000000001'
const member = (id: string, groups: string[] = []): Caller => {
  return { id, role: 'member', email: '', login: '', groups }
}
const admin: Caller = { ...member('root'), role: 'admin' }

// Rows that only a time or a mistake leaves behind are written directly.
describeStores('of all allocations, a list', (makeDatabase) => {
  const { store, tables, addResource, book, bookAll, byHand } = useRules(makeDatabase)
  const context = () =>
    ({ store: store(), clock: Date.now, config: { HISTORY_DAYS: 0 } }) as unknown as Context
  const page = (query: AllocationQuery, caller = admin) =>
    createAllocationList(context(), tables())(query, caller)
  const list = async (query: AllocationQuery, caller?: Caller) =>
    (await page(query, caller)).items.map(({ id }) => id)
  const toTime = (hour: number) => new Date(at(hour)).toISOString()
  const window = (from: number, to: number) => ({ from: toTime(from), to: toTime(to) })
  const day = window(0, 24)
  const idOf = async (number: number) => {
    const rows = await store().db.select().from(tables().resources)
    return rows.find((row) => row.number === number)?.id
  }
  beforeAll(async () => {
    const past = store().dialect === 'sqlite' ? '1' : `'1970-01-02'`
    await byHand(`UPDATE history_start SET began = ${past}`)
  })

  it('has holds, confirmed ones, or both, and no hold that has expired', async () => {
    const car = await addResource()
    const resource_id = await idOf(car)
    const confirmed = await book(car, [9, 10])
    const held = await book(car, [10, 11], { held_until: Date.now() + 3_600_000 })
    await book(car, [11, 12], { held_until: 1000 })
    for (const query of [{ resource_id }, { resource_id, ...day }, { person: 'anna' }]) {
      expect(await list(query)).toEqual([confirmed, held])
      expect(await list({ ...query, status: 'held' })).toEqual([held])
      expect(await list({ ...query, status: 'confirmed' })).toEqual([confirmed])
    }
  })

  it('has none that takes a resource out of service', async () => {
    const car = await addResource()
    const id = await book(car, [9, 10], { created_by: 'otto' })
    await book(car, [10, 11], { allocation_type: 'decommissioned', created_by: 'otto' })
    const resource_id = await idOf(car)
    expect([await list({ resource_id }), await list({ person: 'otto' })]).toEqual([[id], [id]])
  })

  it('has those whose own time is in the window, whatever is kept free around it', async () => {
    const car = await addResource({ buffer_before_seconds: 1800, buffer_after_seconds: 3600 })
    const buffers = { buffer_before_seconds: 1800, buffer_after_seconds: 3600 }
    const id = await book(car, [8.5, 11], { ...buffers, created_by: 'bea' })
    for (const query of [{ resource_id: await idOf(car) }, { person: 'bea' }]) {
      const inside = (from: number, to: number) => list({ ...query, ...window(from, to) })
      expect([await inside(8.5, 9), await inside(10, 11)]).toEqual([[], []])
      expect([await inside(8.5, 9.25), await inside(9.75, 11)]).toEqual([[id], [id]])
    }
  })

  it('is of one type, of one resource, or of what fits a text, for a user as well', async () => {
    const [car, truck] = [await addResource(), await addResource({ resource_type: 'Truck' })]
    const first = await book(car, [9, 10], { created_by: 'cora', description: 'Fair' })
    const second = await book(truck, [10, 11], { created_by: 'cora', reference: 'A-7' })
    const cora = { person: 'cora' }
    expect(await list({ ...cora, type: 'Truck' })).toEqual([second])
    expect(await list({ ...cora, resource_id: (await idOf(car)) ?? '' })).toEqual([first])
    expect(await list({ ...cora, q: 'fair' })).toEqual([first])
    expect(await list({ ...cora, q: 'a-7' })).toEqual([second])
    const trucks = { type: 'Truck', ...day }
    expect([await list({ ...trucks, q: 'fair' }), await list({ ...trucks, q: 'a-7' })]).toEqual([
      [],
      [second],
    ])
    expect(await list(cora)).toEqual([first, second])
  })

  it('shows resources for some to those only; its own to whoever booked', async () => {
    const secret = await addResource({ visible_to: JSON.stringify([board]) })
    const resource_id = (await idOf(secret)) ?? ''
    const id = await book(secret, [9, 10], { created_by: 'dora' })
    const [dora, ben, insider] = [member('dora'), member('ben'), member('ina', [board])]
    expect(await list({ mine: 'true' }, dora)).toEqual([id])
    expect(await list({ mine: 'true', person: 'ben' }, dora)).toEqual([])
    for (const query of [{ person: 'dora' }, { resource_id }, { resource_id, ...day }]) {
      expect(await list(query, ben)).toEqual([])
      expect(await list(query, insider)).toEqual([id])
    }
    expect(await list({ resource_id }, dora)).toEqual([])
  })

  it('is as it was, however long those were that are there no more', async () => {
    const car = await addResource()
    const resource_id = (await idOf(car)) ?? ''
    const emil = { created_by: 'emil' }
    const ids = [await book(car, [-100, 0.5], emil), await book(car, [1, 12], emil)]
    const moment = Date.now()
    while (Date.now() <= moment) await Bun.sleep(1)
    await byHand(`DELETE FROM allocations WHERE created_by = 'emil'`)
    await book(car, [0.25, 0.5], { ...emil, created: Date.now() })
    await book(car, [5, 6], { ...emil, created: Date.now() })
    const as_of = new Date(moment).toISOString()
    for (const query of [
      { resource_id, as_of },
      { person: 'emil', as_of },
    ]) {
      expect(await list(query)).toEqual(ids)
      expect(await list({ ...query, ...window(0.25, 24) })).toEqual(ids)
      expect(await list({ ...query, ...window(8, 24) })).toEqual(ids.slice(1))
    }
  })

  it('continues where it stopped, before everything with a start', async () => {
    const car = await addResource()
    const [first = '', ...rest] = await bookAll(car, [[-Infinity, 1], ...[2, 3, 4].map(toHour)])
    const resource_id = (await idOf(car)) ?? ''
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const query = { resource_id, limit: '1', ...(cursor !== undefined && { cursor }) }
      const { items, next } = await page(query)
      seen.push(...items.map(({ id }) => id))
      cursor = next
    } while (cursor !== undefined)
    expect(seen).toEqual([first, ...rest])
  })

  it('begins at no place that none of its pages ends at', async () => {
    const id = Bun.randomUUIDv7()
    const places = [
      null,
      {},
      5,
      'ab',
      [],
      [id],
      [1, id, 2],
      [null, 5],
      [1, 'x'],
      ['1', id],
      [{}, id],
    ]
    for (const place of places) {
      const cursor = Buffer.from(JSON.stringify(place)).toString('base64url')
      const refused = await page({ ...day, cursor }).catch((error: unknown) => error)
      expect([place, refused]).toEqual([place, expect.objectContaining({ status: 400 })])
    }
    for (const place of [
      [null, id],
      [1, id],
    ]) {
      const cursor = Buffer.from(JSON.stringify(place)).toString('base64url')
      expect((await page({ ...day, cursor })).next).toBeUndefined()
    }
  })

  it('is of a leap year at most, where nothing else bounds it', async () => {
    expect((await page(window(0, 366 * 24))).items).not.toEqual([])
    const longer = page(window(0, 366 * 24 + 1 / 60))
    await expect(longer).rejects.toMatchObject({ status: 422, code: 'window_too_long' })
  })
})

function toHour(hour: number): [number, number] {
  return [hour, hour + 0.5]
}
