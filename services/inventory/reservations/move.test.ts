import { expect, it, setDefaultTimeout } from 'bun:test'
import { toServiceCaller } from '../../../shared/access.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { at, useRules } from '../testing/use-rules.ts'
import { createDecidedMoves } from './decided-moves.ts'
import { createMove } from './move.ts'
import type { Moved, Outlook } from './outlook.ts'
import { createOwn } from './own.ts'

setDefaultTimeout(30_000)

const caller = toServiceCaller('bookings')
const own = { created_by: caller.id }

describeStores('reservations that move together', (makeDatabase) => {
  const { store, tables, addResource, book } = useRules(makeDatabase)

  /** @returns `moved`, or why nothing was */
  async function move(items: Moved[], fence: number) {
    const outlook = { readMoves: async () => items, explainMoves: async () => [] }
    const owned = createOwn(store(), tables())
    const decided = createDecidedMoves(store(), tables(), owned)
    const rules = { outlook: outlook as unknown as Outlook, own: owned, decided }
    const body = { items: [], by: 'anna', fence } as never
    return createMove(
      { store: store() },
      tables(),
      rules,
    )({ body, caller }).then(
      () => 'moved',
      (error: { code?: string }) => error.code ?? error,
    )
  }
  async function make(count: number) {
    const cars: number[] = []
    const ids: string[] = []
    for (let place = 0; place < count; place++) {
      cars.push(await addResource())
      ids.push(await book(cars[place] ?? 0, [9, 10], own))
    }
    const rows = await store().db.select().from(tables().resources)
    const idOf = (place: number) => rows.find(({ number }) => number === cars[place])?.id ?? ''
    /** Each to a car, at an hour. */
    const to = (hour: number, ...places: number[]): Moved[] =>
      places.map((place, which) => {
        const span = { from: at(hour), to: at(hour + 1) }
        return { id: ids[which] ?? '', resource_id: idOf(place), ...span }
      })
    const where = async () => {
      const all = await store().db.select().from(tables().allocations)
      return ids.map((id) => {
        const row = all.find((one) => one.id === id)
        return [
          cars.indexOf(row?.resource_number ?? 0),
          ((row?.from_datetime ?? 0) - at(0)) / 3.6e6,
        ]
      })
    }
    return { cars, to, where }
  }

  it('are all where they belong, or none; and again without a change', async () => {
    const { cars, to, where } = await make(3)
    expect(await move(to(12, 0, 1, 2), 1)).toBe('moved')
    expect(await where()).toEqual([0, 1, 2].map((place) => [place, 12]))
    expect(await move(to(12, 0, 1, 2), 1)).toBe('moved')
    await book(cars[2] ?? 0, [15, 16])
    expect(await move(to(15, 0, 1, 2), 2)).toBe('not_all_free')
    expect(await where()).toEqual([0, 1, 2].map((place) => [place, 12]))
    expect(await move(to(15, 0, 1, 2), 2)).toBe('not_all_free')
    expect(await move(to(14, 0, 1, 2), 1)).toBe('reservation_superseded')
    expect(await move(to(14, 0, 1, 2), 3)).toBe('moved')
    expect(await where()).toEqual([0, 1, 2].map((place) => [place, 14]))
  })

  it('do not move where one of them is gone, or of somebody else', async () => {
    const { to, where } = await make(3)
    const [first, second, third] = to(12, 0, 1, 2)
    const gone = { ...third, id: Bun.randomUUIDv7() } as Moved
    expect(
      await move(
        [gone, first, second].flatMap((one) => one ?? []),
        1,
      ),
    ).toBe('reservation_gone')
    expect(await where()).toEqual([0, 1, 2].map((place) => [place, 9]))
  })

  it('make room that an expired hold has', async () => {
    const { cars, to, where } = await make(2)
    await book(cars[1] ?? 0, [12, 13], { held_until: 1000 })
    expect(await move(to(12, 0, 1), 1)).toBe('moved')
    expect(await where()).toEqual([
      [0, 12],
      [1, 12],
    ])
  })
})
