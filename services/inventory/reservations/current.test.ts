import { afterEach, expect, it, setDefaultTimeout } from 'bun:test'
import { toServiceCaller } from '../../../shared/access.ts'
import type { CurrentQuery } from '../../../shared/schemas/display.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { at, useRules } from '../testing/use-rules.ts'
import { createCurrent } from './current.ts'

setDefaultTimeout(30_000)

const board = '0190dddd-0000-7000-8000-000000000001'

describeStores('what is booked at the moment', (makeDatabase) => {
  const { store, tables, addResource, book, byHand } = useRules(makeDatabase)
  const past = () => (store().dialect === 'sqlite' ? '1000' : `'1970-01-02'`)
  afterEach(() =>
    byHand(`DELETE FROM allocations; UPDATE resources SET decommissioned = ${past()}`),
  )
  const read = (now: number, query: Partial<CurrentQuery> = {}) =>
    createCurrent({ store: store(), clock: () => at(now) }, tables())(
      { viewer: { id: 'anna', groups: [] }, ...query },
      toServiceCaller('bookings'),
    )
  /** Of the only resource. */
  async function idsAt(now: number) {
    const [one] = (await read(now)).resources
    return [one?.now?.id, one?.next?.id]
  }
  const namesOf = async (query: Partial<CurrentQuery>) =>
    (await read(9, query)).resources.map(({ name }) => name)

  it('has begun and is not over; what begins later is next', async () => {
    const car = await addResource()
    const [first, second] = [await book(car, [9, 10]), await book(car, [11, 12])]
    expect(await idsAt(8)).toEqual([undefined, first])
    expect(await idsAt(9)).toEqual([first, second])
    expect(await idsAt(10)).toEqual([undefined, second])
    expect(await idsAt(11)).toEqual([second, undefined])
  })

  it('is no hold that has expired', async () => {
    const car = await addResource()
    const held = (hour: number) => ({ held_until: at(hour) })
    const [first, second] = [
      await book(car, [9, 10], held(9.5)),
      await book(car, [11, 12], held(9.25)),
    ]
    const third = await book(car, [13, 14])
    expect(await idsAt(9)).toEqual([first, second])
    expect(await idsAt(9.25)).toEqual([first, third])
    expect(await idsAt(9.5)).toEqual([undefined, third])
  })

  it('is of the resources asked for: of a type, of some, visible, in service', async () => {
    await addResource({ name: 'B' })
    await addResource({ name: 'A' })
    await addResource({ name: 'S', visible_to: JSON.stringify([board]) })
    await addResource({ name: 'R', decommissioned: 1000 })
    await addResource({ name: 'T', resource_type: 'Truck' })
    const rows = await store().db.select().from(tables().resources)
    const idOf = (name: string) =>
      rows.find((row) => row.name === name && row.decommissioned === null)?.id ?? ''
    const types = await store().db.select().from(tables().resource_types)
    const type_id = types.find(({ name }) => name === 'Truck')?.id ?? ''
    expect(await namesOf({})).toEqual(['A', 'B', 'T'])
    expect([await namesOf({ type: 'Truck' }), await namesOf({ type_id })]).toEqual([['T'], ['T']])
    expect(await namesOf({ resource_ids: ['B', 'S', 'T'].map(idOf) })).toEqual(['B', 'T'])
    expect(await namesOf({ resource_ids: [] })).toEqual([])
    const insider = { id: 'ina', groups: [board] }
    expect(await namesOf({ viewer: insider, type: 'Car' })).toEqual(['A', 'B', 'S'])
    expect(await namesOf({ viewer: { id: 'root', groups: null }, type: 'Car' })).toHaveLength(3)
  })

  it('is of two hundred resources at most, and says so', async () => {
    const rows = Array.from({ length: 200 }, (_, place) => {
      const id = Bun.randomUUIDv7()
      return { id, resource_type: 'Car', name: `C${place}`, properties: '{}', created: 0 }
    })
    await store().db.insert(tables().resources).values(rows)
    const { more, resources } = await read(9)
    expect([more, resources.length]).toEqual([false, 200])
    await addResource()
    const longer = await read(9)
    expect([longer.more, longer.resources.length]).toEqual([true, 200])
  })
})
