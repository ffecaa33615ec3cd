import { afterEach, expect, it, setDefaultTimeout } from 'bun:test'
import { sql } from 'drizzle-orm'
import type { Store } from '@campus/store/store.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { at, useRules } from '../testing/use-rules.ts'
import { createCheck } from './free-already.ts'
import { countPassedOver } from './passed-over.ts'

setDefaultTimeout(30_000)

describeStores('what was free before somebody waited', (makeDatabase) => {
  const { store, tables, addResource, book, bookAll, wait, entry, byHand, onStatement } =
    useRules(makeDatabase)
  const check = (id: string, using: Partial<Store> = {}) =>
    createCheck({ store: { ...store(), ...using } }, tables())(id, 'ben')
  const audit = () => countPassedOver(store(), tables())
  /** So many hours between two. */
  const within = (from: number, to: number, hours: number) => {
    return { earliest: at(from), latest_start: at(to - hours), latest: at(to), until: at(from) }
  }
  const past = () => (store().dialect === 'sqlite' ? '1' : `'1970-01-02'`)
  /** At which hour an entry for a resource is served; none: it waits, and nothing is left to do. */
  async function hourOf(resource_number: number, values: object = within(9, 10, 1)) {
    const id = await wait({ resource_number, ...values })
    await check(id)
    const { served_resource, served_from, checked } = await entry(id)
    if (served_from === null) return checked === 1 ? 'none' : 'unchecked'
    expect(served_resource ?? 0).toBe(resource_number || (served_resource ?? 0))
    return (served_from - at(0)) / 3_600_000
  }
  afterEach(() => {
    onStatement((_, run) => run())
    return byHand(`UPDATE resources SET decommissioned = ${past()}; DELETE FROM waitlist`)
  })

  it('is given at once: before, between and after bookings', async () => {
    const car = await addResource()
    await book(car, [10, 11])
    await book(car, [12, 13])
    expect(await hourOf(car)).toBe(9)
    expect(await hourOf(car, within(10, 12, 1))).toBe(11)
    expect(await hourOf(car, within(9, 15, 2))).toBe(13)
    expect(await hourOf(car, within(9, 16, 1))).toBe(15)
    expect(await hourOf(car, within(9, 16, 1))).toBe('none')
  })

  it('is no longer than it is, whichever end is taken', async () => {
    const car = await addResource()
    await book(car, [8, 9])
    await book(car, [9, 10])
    await book(car, [11, 12])
    await book(car, [12, 13])
    expect(await hourOf(car, within(8, 13, 2))).toBe('none')
    expect(await hourOf(car, within(10.5, 13, 1))).toBe('none')
    expect(await hourOf(car, within(8, 10.5, 1))).toBe('none')
    expect(await hourOf(car, within(12, 13.5, 1))).toBe('none')
    expect(await hourOf(car, within(8, 11, 1))).toBe(10)
  })

  it('may begin with the very first, or end with the very last', async () => {
    const car = await addResource()
    await book(car, [9, 10])
    expect(await hourOf(car, within(9, 11, 1))).toBe(10)
    await book(car, [7, 8.5])
    expect(await hourOf(car, within(8.5, 9, 0.5))).toBe(8.5)
  })

  it('is what an expired hold had, but not what a hold still has', async () => {
    const car = await addResource()
    const hold = await book(car, [9, 10], { held_until: Date.now() + 3_600_000 })
    expect(await hourOf(car)).toBe('none')
    await byHand(`UPDATE allocations SET held_until = ${past()} WHERE held_until IS NOT NULL`)
    await byHand('DELETE FROM waitlist')
    expect(await hourOf(car)).toBe(9)
    expect(
      (await store().db.select().from(tables().allocations)).map(({ id }) => id),
    ).not.toContain(hold)
  })

  it('is found whatever is taken beside it: of any, or of one', async () => {
    const taken = await addResource()
    await addResource()
    await book(taken, [9, 10])
    expect(await hourOf(0)).toBe(9)
    expect(await hourOf(taken)).toBe('none')
    expect(await hourOf(0)).toBe('none')
  })

  it('leaves the time that is kept free before and after', async () => {
    const careful = await addResource()
    await book(careful, [8, 9])
    await book(careful, [12, 13])
    await byHand(`UPDATE resources SET buffer_before_seconds = 1800, buffer_after_seconds = 900
      WHERE number = ${careful}`)
    expect(await hourOf(careful, within(9, 12, 2.5))).toBe('none')
    expect(await hourOf(careful, within(9, 12, 2.25))).toBe(9.5)
  })

  it('is found behind a thousand gaps that are too short', async () => {
    const car = await addResource()
    const hours = Array.from({ length: 1100 }, (_, place) => 9 + place / 2)
    await bookAll(
      car,
      hours.map((hour) => [hour, hour + 0.25]),
    )
    expect(await hourOf(car, within(9, 1000, 1))).toBe(9 + 1099 / 2 + 0.25)
  })

  it('leaves alone whom it is not about: others, and whoever is served', async () => {
    const car = await addResource()
    await book(car, [9, 10])
    const elsewhere = await addResource()
    await book(elsewhere, [8, 9])
    const other = await wait({ resource_number: elsewhere })
    const busy = await wait({ resource_number: car, checked: 2 })
    const served = await wait({ resource_number: car, closed: at(1) })
    expect(await hourOf(car)).toBe('none')
    await check(served)
    await check(Bun.randomUUIDv7())
    const left = await Promise.all([other, busy, served].map(entry))
    expect(left.map(({ checked }) => checked)).toEqual([0, 2, 0])
    expect(left[0]?.closed).toBeNull()
  })

  it('is looked for again if something changed meanwhile', async () => {
    const car = await addResource()
    await book(car, [9, 10])
    const id = await wait({ resource_number: car })
    onStatement(async (text, run) => {
      if (text.includes('waitlist_matches')) await byHand('UPDATE waitlist SET checked = 0')
      return run()
    })
    await check(id)
    expect((await entry(id)).checked).toBe(0)
  })

  it('is tried ten times if it is lost to others each time', async () => {
    const car = await addResource()
    const id = await wait({ resource_number: car })
    let turns = 0
    onStatement(async (text, run) => {
      if (!/insert into "waitlist_turns"/i.test(text)) return run()
      turns++
      return []
    })
    await check(id)
    const { closed, checked } = await entry(id)
    expect([turns, closed, checked]).toEqual([10, null, 2])
  })

  it('waits for those who free time at that moment, but not for long', async () => {
    const car = await addResource()
    const id = await wait({ resource_number: car })
    let looks = 0
    onStatement((_, run) => {
      looks++
      return run()
    })
    await check(id, { newest: sql`9007199254740991` })
    expect(await entry(id)).toMatchObject({ checked: 2, closed: null })
    expect(looks).toBeLessThan(200)
    await check(id)
    expect((await entry(id)).served_resource).toBe(car)
  })

  it('is counted if somebody waits for it in vain, once for each', async () => {
    const cars = [await addResource(), await addResource()]
    await wait({ resource_number: 0 })
    expect(await audit()).toBe(0)
    await wait({ resource_number: 0, checked: 1 })
    expect(await audit()).toBe(1)
    for (const car of cars) await book(car, [9, 10])
    expect(await audit()).toBe(0)
    await byHand(`UPDATE allocations SET held_until = ${past()}`)
    expect(await audit()).toBe(0)
  })
})
