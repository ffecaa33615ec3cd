import { afterEach, expect, it, setDefaultTimeout } from 'bun:test'
import type { Caller } from '../../shared/access.ts'
import type { NewBundle } from '../../shared/schemas/allocation-bundle.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { readItems } from './bundle-items.ts'
import { createRefusals } from './bundle-refusal.ts'
import { createCandidates, type Candidate } from './candidates.ts'
import { at, useRules } from './testing/use-rules.ts'
import type { Types } from './types.ts'

setDefaultTimeout(30_000)

const caller: Caller = { id: 'root', role: 'admin', email: '', login: '', groups: [] }
const toTime = (hour: number) => new Date(at(hour)).toISOString()

describeStores('where a booking is refused, the next time that is free', (makeDatabase) => {
  const { store, tables, addResource, book, bookAll, byHand } = useRules(makeDatabase)
  afterEach(() => byHand('DELETE FROM allocations'))

  async function explain(number: number, [from, to]: [number, number], apart: string[] = []) {
    const rows = await store().db.select().from(tables().resources)
    const resource = rows.find((row) => row.number === number) as Candidate
    const types = {
      find: async (name: string) =>
        (await store().db.select().from(tables().resource_types)).find((one) => one.name === name),
    } as unknown as Types
    const candidates = createCandidates({ store: store() }, tables())
    const span = { from_datetime: toTime(from), to_datetime: toTime(to) }
    const items = readItems({ items: [{ resource_id: resource.id }], ...span } as NewBundle, caller)
    const named = new Map([[resource.id, resource]])
    const asked = { named, caller, keeps: true, apart: new Set(apart) }
    return createRefusals(store(), tables(), { candidates, types })(items, asked)
  }
  /** Its hours; null where it is not known, none where nothing is refused. */
  async function next(...given: Parameters<typeof explain>) {
    const [one] = await explain(...given)
    if (!one) return 'none'
    const { next_free } = one
    if (!next_free) return null
    const hour = (text: string | null) => (Date.parse(text ?? '') - at(0)) / 3_600_000
    return [hour(next_free.from_datetime ?? null), hour(next_free.to_datetime ?? null)]
  }

  it('is the first that is long enough, from the wanted start on', async () => {
    const car = await addResource()
    const first = await book(car, [9, 10])
    await book(car, [10.5, 12])
    await book(car, [13, 14])
    expect(await next(car, [9, 10])).toEqual([12, 13])
    expect(await next(car, [9, 9.5])).toEqual([10, 10.5])
    expect(await next(car, [9.5, 11.5])).toEqual([14, 16])
    expect(await next(car, [9, 10], [first])).toBe('none')
    expect(await next(car, [9, 11], [first])).toEqual([14, 16])
    expect(await next(car, [8, 9])).toBe('none')
    const [refused] = await explain(car, [9, 13])
    expect(refused?.conflicts).toHaveLength(2)
  })

  it('is not known where it is never free again', async () => {
    const car = await addResource()
    await book(car, [9, Infinity])
    expect(await next(car, [9, 10])).toBeNull()
  })

  it('is not known behind two hundred bookings, but between them', async () => {
    const car = await addResource()
    const hours = Array.from({ length: 200 }, (_, place) => [9 + place, 10 + place])
    await bookAll(car, hours.slice(0, 199) as [number, number][])
    expect(await next(car, [9, 10])).toEqual([208, 209])
    await bookAll(car, hours.slice(199) as [number, number][])
    expect(await next(car, [9, 10])).toBeNull()
    await byHand('DELETE FROM allocations')
    await bookAll(car, [...hours.slice(0, 199), [209, 210]] as [number, number][])
    expect([await next(car, [9, 10]), await next(car, [9, 11])]).toEqual([[208, 209], null])
  })

  it('begins in the grid of its type', async () => {
    const runway = await addResource({ resource_type: 'Runway' })
    await book(runway, [9, 9.75])
    const [refused] = await explain(runway, [9, 9.5])
    const from = refused?.next_free?.from_datetime ?? ''
    const types = await store().db.select().from(tables().resource_types)
    const { slot_seconds, slot_origin } = types.find(({ name }) => name === 'Runway') ?? {}
    expect((Date.parse(from) - (slot_origin ?? 0)) % ((slot_seconds ?? 0) * 1000)).toBe(0)
    expect(Date.parse(from)).toBeGreaterThanOrEqual(at(9.75))
    expect(Date.parse(from)).toBeLessThan(at(9.75) + (slot_seconds ?? 0) * 1000)
  })
})
