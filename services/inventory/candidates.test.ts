import { afterEach, expect, it, setDefaultTimeout } from 'bun:test'
import { eq, sql } from 'drizzle-orm'
import type { Caller } from '../../shared/access.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { noBuffers } from './buffers.ts'
import { createCandidates, type Search } from './candidates.ts'
import { at, useRules } from './testing/use-rules.ts'

setDefaultTimeout(30_000)

const board = '0190dddd-0000-7000-8000-000000000001'
const caller: Caller = { id: 'anna', role: 'member', email: '', login: '', groups: [] }
const span = { from: at(9), to: at(10) }
const search = (count: number, more: Partial<Search> = {}): Search => {
  return { type: 'Car', filter: undefined, span, ofType: noBuffers, count, caller, ...more }
}

describeStores('resources that are free', (makeDatabase) => {
  const { store, tables, addResource, book, byHand, onStatement } = useRules(makeDatabase)
  const past = () => (store().dialect === 'sqlite' ? '1000' : `'1970-01-02'`)
  const start = () => createCandidates({ store: store() }, tables())
  const numbers = (found: { number: number }[] | undefined) =>
    found?.map(({ number }) => number).toSorted((a, b) => a - b)

  /** Some of a type in the order of their names. @returns their numbers */
  async function addAll(count: number, values: object = {}): Promise<number[]> {
    const row = { resource_type: 'Car', properties: '{}', created: 0, ...values }
    const rows = Array.from({ length: count }, (_, place) => {
      const name = `${String(place).padStart(4, '0')} ${Bun.randomUUIDv7()}`
      return { ...row, id: Bun.randomUUIDv7(), name }
    })
    const made = await store().db.insert(tables().resources).values(rows).returning()
    return made.map(({ number }) => number)
  }
  async function take([first = 0, ...cars]: number[]): Promise<void> {
    const id = await book(first, [9, 10])
    const { allocations } = tables()
    const [row] = await store().db.select().from(allocations).where(eq(allocations.id, id))
    if (!row || cars.length === 0) return
    const rows = cars.map((car) => ({ ...row, id: Bun.randomUUIDv7(), resource_number: car }))
    await store().db.insert(allocations).values(rows)
  }
  /** How many statements something takes. */
  async function count(work: () => Promise<unknown>): Promise<number> {
    let statements = 0
    onStatement((_, run) => {
      statements++
      return run()
    })
    await work()
    onStatement((_, run) => run())
    return statements
  }
  afterEach(async () => {
    onStatement((_, run) => run())
    await byHand(`DELETE FROM allocations; UPDATE resources SET decommissioned = ${past()}`)
  })

  it('are of the type, in service, visible, and not booked', async () => {
    const cars = await addAll(4)
    await addAll(1, { decommissioned: 1000 })
    await addAll(1, { resource_type: 'Truck' })
    await addAll(1, { visible_to: JSON.stringify([board]) })
    await take(cars.slice(0, 1))
    const { findFree } = start()
    expect(numbers(await findFree(search(9)))).toEqual(cars.slice(1))
    expect(numbers(await findFree(search(9, { ofType: undefined })))).toEqual(cars.slice(1))
    expect(await count(() => findFree(search(9)))).toBe(2)
    expect(await findFree(search(2))).toHaveLength(2)
    // Seen as they were.
    await byHand(`UPDATE resources SET decommissioned = ${past()} WHERE number = ${cars[1]}`)
    expect(numbers(await findFree(search(3)))).toEqual(cars.slice(2))
    expect(numbers(await findFree(search(2)))).toEqual(cars.slice(2))
    expect(await findFree(search(1, { type: 'Runway' }))).toEqual([])
    expect(await count(() => findFree(search(1, { type: 'Runway' })))).toBe(1)
  })

  it('are free for their buffers as well, unless none are needed', async () => {
    const [car = 0] = await addAll(1)
    await book(car, [10.5, 11])
    const ofType = { buffer_before_seconds: 0, buffer_after_seconds: 3600 }
    const { findFree } = start()
    for (let time = 0; time < 3; time++) {
      expect(await findFree(search(1, { ofType }))).toEqual([])
      expect(await findFree(search(1, { ofType: undefined }))).toHaveLength(1)
      expect(await findFree(search(1))).toHaveLength(1)
    }
    // Its own.
    await byHand('UPDATE resources SET buffer_after_seconds = 3600')
    expect(await findFree(search(1))).toEqual([])
    expect(await findFree(search(1, { ofType: undefined }))).toHaveLength(1)
  })

  it('are found in two statements, then in one, then guessed without any', async () => {
    await addAll(9)
    const { findFree, guess, forgetGuess } = start()
    expect(guess(search(1))).toBeUndefined()
    expect(await count(() => findFree(search(1)))).toBe(2)
    expect(guess(search(1))).toBeUndefined()
    expect(await count(() => findFree(search(2)))).toBe(1)
    expect([guess(search(1))?.length, guess(search(8))?.length]).toEqual([1, 8])
    expect(new Set(numbers(guess(search(8)))).size).toBe(8)
    for (const other of [search(9), search(1, { filter: sql`1 = 1` })]) {
      expect([guess(other), await count(() => findFree(other))]).toEqual([undefined, 2])
    }
    expect(await findFree(search(1, { filter: sql`1 = 0` }))).toEqual([])
    const plain = search(1, { ofType: undefined })
    expect([guess(plain), await count(() => findFree(plain))]).toEqual([undefined, 2])
    expect(await count(() => findFree(search(8)))).toBe(1)
    forgetGuess(['Truck'])
    expect(guess(search(1))).toBeDefined()
    forgetGuess(['Car', 'Truck'])
    expect([guess(search(1)), await count(() => findFree(search(1)))]).toEqual([undefined, 1])
  })

  it('are guessed among those for everybody, and from another start each time', async () => {
    const open = await addAll(2)
    await addAll(1, { visible_to: JSON.stringify([board]) })
    const { findFree, guess } = start()
    for (let time = 0; time < 2; time++) await findFree(search(1))
    expect([guess(search(3)), numbers(guess(search(2)))]).toEqual([undefined, open])
    const [truck] = await addAll(1, { resource_type: 'Truck' })
    for (let time = 0; time < 2; time++) await findFree(search(1, { type: 'Truck' }))
    expect(numbers(guess(search(1, { type: 'Truck' })))).toEqual([truck ?? 0])
    const guessed = new Set(Array.from({ length: 60 }, () => guess(search(1))?.[0]?.number))
    expect([...guessed].toSorted()).toEqual(open)
  })

  it('are looked for anew once one was changed', async () => {
    await addAll(9)
    const { findFree, guess } = start()
    await findFree(search(1))
    const [before] = await findFree(search(1))
    await byHand('UPDATE resources SET version = version + 1')
    const [changed] = await findFree(search(1))
    expect(changed?.version).toBe((before?.version ?? 0) + 1)
    expect(guess(search(1))).toBeUndefined()
    expect(await count(() => findFree(search(1)))).toBe(2)
    expect(guess(search(1))?.[0]?.version).toBe(changed?.version ?? 0)
  })

  it('are found wherever they are', async () => {
    const cars = await addAll(30)
    const { findFree } = start()
    for (const left of [cars[0], cars[15], cars[16], cars[29]]) {
      await take(cars.filter((car) => car !== left))
      for (let time = 0; time < 3; time++) {
        expect(numbers(await findFree(search(1)))).toEqual([left ?? 0])
        expect(numbers(await findFree(search(2)))).toEqual([left ?? 0])
      }
      await byHand('DELETE FROM allocations')
    }
  })

  it('of many are as many as wanted: of the first few hundred, then of all', async () => {
    const cars = await addAll(300)
    const { findFree } = start()
    expect(await count(() => findFree(search(256)))).toBe(2)
    const all = await findFree(search(280))
    expect(new Set(numbers(all)).size).toBe(280)
    const seen = new Set<number>()
    for (let time = 0; time < 12; time++) {
      const some = await findFree(search(200))
      expect(some).toHaveLength(200)
      for (const { number } of some) seen.add(number)
    }
    // Not always the first ones.
    expect(cars.slice(256).some((car) => seen.has(car))).toBe(true)
    await take(cars.slice(0, 299))
    for (let time = 0; time < 5; time++) {
      expect(numbers(await findFree(search(2)))).toEqual(cars.slice(299))
      expect(numbers(await start().findFree(search(1)))).toEqual(cars.slice(299))
    }
  })

  it('are remembered for two hundred types, then none of them', async () => {
    const types = Array.from({ length: 201 }, (_, place) => {
      const name = `t${place}`
      const property_schema =
        '{"type":"object","properties":{},"required":[],"additionalProperties":true}'
      const all = { plural: name, segment: name, property_schema, created: 0 }
      return { id: Bun.randomUUIDv7(), name, ...all }
    })
    await store().db.insert(tables().resource_types).values(types)
    const names = types.map(({ name }) => name)
    for (const name of names) await addResource({ resource_type: name })
    const { findFree } = start()
    const look = (place: number, more: Partial<Search> = {}) =>
      count(() => findFree(search(1, { type: names[place] ?? '', ...more })))
    for (let place = 0; place < 200; place++) expect(await look(place)).toBe(2)
    // Known already.
    expect([await look(7, { filter: sql`1 = 1` }), await look(0)]).toEqual([2, 1])
    expect([await look(200), await look(0), await look(200)]).toEqual([2, 2, 1])
  })

  it('are those preferred, in that order', async () => {
    const cars = await addAll(5)
    await take(cars.slice(0, 1))
    const rows = await store().db.select().from(tables().resources)
    const idsOf = (wanted: number[]) =>
      wanted.map((number) => rows.find((row) => row.number === number)?.id ?? '')
    const { findPreferred } = start()
    const asked = search(0)
    const order = [cars[3], cars[0], cars[2], cars[4]].map((car) => car ?? 0)
    const found = await findPreferred(idsOf(order), asked)
    expect(found.map(({ number }) => number)).toEqual([order[0], order[2], order[3]].map(Number))
    expect(await findPreferred(idsOf(order), { ...asked, type: 'Truck' })).toEqual([])
    expect(await count(() => findPreferred([], asked))).toBe(0)
  })
})
