import { expect, it, setDefaultTimeout } from 'bun:test'
import { toServiceCaller } from '../../../shared/access.ts'
import { notFound, unavailable } from '../../../shared/problem.ts'
import type { Allocation } from '../../../shared/schemas/allocation.ts'
import type { CalendarQuery } from '../../../shared/schemas/calendar.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import type { createAllocationList } from '../allocation-list.ts'
import { at, useRules } from '../testing/use-rules.ts'
import { createCalendarEntries } from './calendar-entries.ts'

setDefaultTimeout(30_000)

const toTime = (hour: number) => new Date(at(hour)).toISOString()
const ids = Array.from({ length: 2000 }, () => Bun.randomUUIDv7())
type List = ReturnType<typeof createAllocationList>

interface Given {
  past: number
  coming: number
  /** How many are in both. */
  shared: number
  /** Whether there is more in the past. */
  more: boolean
  findEver: () => Promise<{ name: string }>
}
const missing = async () => Promise.reject(notFound('resource', 'x'))

describeStores('the entries of a calendar', (makeDatabase) => {
  const { store, tables, addResource, book, byHand } = useRules(makeDatabase)

  /** Reads between two hours, at another, from a list of so many: until now, and from now on. */
  async function read(
    [from, now, to]: [number, number, number],
    { past = 0, coming = 0, shared = 0, more = false, findEver = missing }: Partial<Given>,
    query: Partial<CalendarQuery> = {},
  ) {
    const asked: Parameters<List>[0][] = []
    const listAllocations: List = async (given) => {
      asked.push(given)
      const isPast = given.to === toTime(now)
      const own = isPast ? ids.slice(0, past) : ids.slice(past - shared, past - shared + coming)
      const items = own.map((id) => ({ id, resource_id: id, created: toTime(1) }) as Allocation)
      return { items, next: isPast && more ? 'more' : undefined }
    }
    const found = createCalendarEntries({ store: store(), clock: () => at(now) }, tables(), {
      listAllocations,
      resources: { findEver } as never,
      types: { get: missing, find: async (name: string) => ({ name }) } as never,
    })
    const body = {
      viewer: { id: 'anna', groups: [] },
      from: toTime(from),
      to: toTime(to),
      named: [],
    }
    const { entries, name, resources } = await found(
      { ...body, ...query },
      toServiceCaller('bookings'),
    )
    return { ids: entries.map(({ allocation }) => allocation.id), asked, entries, name, resources }
  }

  it('are all there are, each once, up to a thousand; else the past is left out', async () => {
    const whole = [1, 12, 24] as [number, number, number]
    const some = async (given: object) => (await read(whole, given)).ids
    expect(await some({ past: 400, coming: 600 })).toEqual(ids.slice(0, 1000))
    expect(await some({ past: 401, coming: 600, shared: 1 })).toEqual(ids.slice(0, 1000))
    expect(await some({ past: 401, coming: 600 })).toEqual(ids.slice(401, 1001))
    expect(await some({ past: 5, coming: 2, more: true })).toEqual(ids.slice(5, 7))
  })

  it('are read at once where all of them are past or to come', async () => {
    for (const [from, now, to] of [
      [12, 12, 24],
      [13, 12, 24],
      [1, 12, 12],
      [1, 12, 11],
    ] as const) {
      const { asked } = await read([from, now, to], { past: 1, coming: 1 })
      expect(asked).toMatchObject([{ from: toTime(from), to: toTime(to), limit: '1000' }])
    }
    const { asked } = await read([1, 12, 24], {})
    expect(asked.map(({ from, to }) => [from, to])).toEqual([
      [toTime(12), toTime(24)],
      [toTime(1), toTime(12)],
    ])
  })

  it("are one's own, or of a resource or type that is there", async () => {
    const given = { coming: 2 }
    const own = await read([13, 12, 24], given)
    expect([own.asked[0]?.mine, own.ids.length, own.name]).toEqual(['true', 2, null])
    expect(own.asked[0]?.type).toBeUndefined()
    const resource_id = ids[0] ?? ''
    const one = await read(
      [13, 12, 24],
      { ...given, findEver: async () => ({ name: 'A' }) },
      { resource_id },
    )
    expect([one.asked[0]?.mine, one.ids.length, one.name]).toEqual([undefined, 2, 'A'])
    expect(one.asked).toMatchObject([{ resource_id, from: toTime(13) }])
    for (const error of [unavailable('too_many_scans', 'Busy.'), new TypeError('a mistake')]) {
      const failing = { ...given, findEver: () => Promise.reject(error) }
      const failed = read([13, 12, 24], failing, { resource_id })
      expect(await failed.catch((caught: unknown) => caught)).toBe(error)
    }
    const type = await read([13, 12, 24], given, { type: 'Car' })
    expect([type.asked[0]?.mine, type.asked[0]?.type, type.name]).toEqual([undefined, 'Car', 'Car'])
    for (const query of [{ resource_id: ids[0] ?? '' }, { type_id: ids[0] ?? '' }]) {
      const gone = await read([13, 12, 24], given, query)
      expect([gone.asked, gone.ids, gone.name]).toEqual([[], [], null])
    }
  })

  it('name the resources that are asked for, as far as they are visible', async () => {
    await addResource({ name: 'Open' })
    await addResource({ name: 'Secret', visible_to: '[]' })
    await addResource({ name: 'Other' })
    const rows = await store().db.select().from(tables().resources)
    const named = rows.filter(({ name }) => name !== 'Other').map(({ id }) => id)
    const { resources } = await read([13, 12, 24], { coming: 1 }, { named })
    expect(resources.map(({ name }) => name)).toEqual(['Open'])
  })

  it('have the version and time of their last change', async () => {
    const car = await addResource()
    const id = await book(car, [13, 14], { created: 5000 })
    ids[0] = id
    const before = (await read([13, 12, 24], { coming: 2 })).entries
    expect(before).toMatchObject([
      { version: 1, revised: new Date(5000).toISOString() },
      { version: 1, revised: toTime(1) },
    ])
    await byHand(`UPDATE allocations SET description = 'New', version = version + 1`)
    const [after] = (await read([13, 12, 24], { coming: 2 })).entries
    expect(after?.version).toBe(2)
    expect(Math.abs(Date.parse(after?.revised ?? '') - Date.now())).toBeLessThan(60_000)
  })
})
