import { afterEach, expect, it, setDefaultTimeout } from 'bun:test'
import { noBuffers } from '../buffers.ts'
import type { Context } from '../../../shared/context.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import type { FoundResource } from '../resources.ts'
import { at, useRules } from '../testing/use-rules.ts'
import { createPlanner } from './plan.ts'

setDefaultTimeout(30_000)

type Wanted = Parameters<ReturnType<typeof createPlanner>>[0]
const [board, staff] = [1, 2].map((one) => `0190dddd-0000-7000-8000-00000000000${one}`)

describeStores('a plan for what is booked of a resource', (makeDatabase) => {
  const { store, tables, addResource, book, bookAll, byHand, onStatement } = useRules(makeDatabase)
  const past = () => (store().dialect === 'sqlite' ? '1000' : `'1970-01-02'`)
  const groups = (...ids: (string | undefined)[]) => JSON.stringify(ids)
  afterEach(() =>
    byHand(`DELETE FROM allocations; UPDATE resources SET decommissioned = ${past()}`),
  )

  /** Where the bookings of a resource go; those that stay. */
  async function plan(number: number, now = at(0), more: Partial<Wanted> = {}) {
    const rows = await store().db.select().from(tables().resources)
    const resource = rows.find((row) => row.number === number) as unknown as FoundResource
    const context = { store: store(), clock: () => now } as unknown as Context
    const day = { from: at(0), to: at(24) }
    const wanted = { resource, span: day, conditions: [], whose: 'anna', ...more }
    const { moves, stranded } = await createPlanner(context, tables())(wanted)
    return {
      moves: moves.map(({ row, to }) => [row.id, to.number]),
      stranded: stranded.map(({ id }) => id),
    }
  }

  it('moves nothing to the resource itself, whose booking is released meanwhile', async () => {
    const car = await addResource({ name: 'A' })
    await book(car, [10, 11])
    onStatement(async (text, run) => {
      const rows = await run()
      if (/allocations/.test(text)) await byHand('DELETE FROM allocations')
      return rows
    })
    const { moves, stranded } = await plan(car)
    onStatement((_, run) => run())
    expect([moves, stranded.length]).toEqual([[], 1])
  })

  it('moves what has not begun to the first of its type that is free, but no repair', async () => {
    const [car, taken, free] = [
      await addResource({ name: 'A' }),
      await addResource({ name: 'B' }),
      await addResource({ name: 'C' }),
    ]
    await addResource({ name: '0', decommissioned: 1000 })
    await addResource({ name: '1', resource_type: 'Truck' })
    const begun = await book(car, [8, 9])
    const first = await book(car, [10, 11])
    const repair = await book(car, [12, 13], { allocation_type: 'maintenance' })
    const second = await book(car, [14, 15])
    const none = await book(car, [16, 17])
    await book(taken, [10.5, 11])
    for (const one of [taken, free]) await book(one, [16.5, 18])
    expect(await plan(car, at(8))).toEqual({
      moves: [
        [first, free],
        [second, taken],
      ],
      stranded: [begun, repair, none],
    })
    const part = await plan(car, at(8), { span: { from: at(13), to: at(14) } })
    expect(part).toEqual({ moves: [], stranded: [] })
  })

  it('moves to what meets the conditions, and is of two hundred bookings at most', async () => {
    const car = await addResource({ name: 'A' })
    await addResource({ name: 'B', properties: '{"seats":4}' })
    const large = await addResource({ name: 'C', properties: '{"seats":7}' })
    const hours = Array.from({ length: 200 }, (_, place) => [place / 10, place / 10 + 0.05])
    const ids = await bookAll(car, hours as [number, number][])
    const conditions: Wanted['conditions'] = [{ name: 'seats', operator: '>=', value: '5' }]
    const { moves } = await plan(car, at(-1), { conditions })
    expect(moves).toEqual(ids.map((id) => [id, large]))
    await book(car, [23, 23.5])
    const refused = plan(car).catch((error: { code?: string }) => error.code)
    expect(await refused).toBe('too_many_allocations' as never)
  })

  it('counts from when people see that it begins', async () => {
    const [car, other] = [await addResource({ name: 'A' }), await addResource({ name: 'B' })]
    const row = { ...noBuffers, buffer_before_seconds: 3600 }
    await byHand('UPDATE resources SET buffer_before_seconds = 3600')
    const id = await book(car, [8, 10], row)
    expect(await plan(car, at(8.5))).toEqual({ moves: [[id, other]], stranded: [] })
    expect(await plan(car, at(9))).toEqual({ moves: [], stranded: [id] })
  })

  it('moves nothing to where not everybody who sees it sees it', async () => {
    const secret = await addResource({ name: 'A', visible_to: groups(board, staff) })
    const admins = await addResource({ name: 'B', visible_to: groups() })
    await addResource({ name: 'C', visible_to: groups(board) })
    const same = await addResource({ name: 'D', visible_to: groups(board, staff) })
    const open = await addResource({ name: 'E' })
    const moved = async (number: number) => {
      await book(number, [9, 10])
      const { moves } = await plan(number)
      await byHand('DELETE FROM allocations')
      return moves.map(([, to]) => to)
    }
    expect([await moved(secret), await moved(open), await moved(admins)]).toEqual([
      [same],
      [],
      [secret],
    ])
  })
})
