import { afterEach, expect, it, setDefaultTimeout } from 'bun:test'
import { toServiceCaller } from '../../../shared/access.ts'
import type { Context } from '../../../shared/context.ts'
import { createDailyLimit } from '../../../shared/daily-limit.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { useRules } from '../testing/use-rules.ts'
import { createReservations } from './reservations.ts'

setDefaultTimeout(30_000)

const board = '0190dddd-0000-7000-8000-000000000001'
const caller = toServiceCaller('bookings')
const own = { created_by: caller.id }

describeStores('the reservations of a service', (makeDatabase) => {
  const { store, tables, addResource, book, byHand, onStatement } = useRules(makeDatabase)

  function start() {
    const context = { store: store(), clock: Date.now } as unknown as Context
    const limit = createDailyLimit(context, 'changes', 10)
    const rules = { allocateMany: undefined as never, outlook: {} as never, limit }
    return createReservations(context, tables(), rules)
  }
  const codeOf = (work: Promise<unknown>) =>
    work.then(
      () => 'done',
      (error: { code?: string }) => error.code,
    )
  const left = async () =>
    (await store().db.select().from(tables().allocations)).map(({ id }) => id)
  afterEach(() => {
    onStatement((_, run) => run())
    return byHand('DELETE FROM allocations; DELETE FROM taken_reservations')
  })

  it('are released by it, those of nobody else; what was taken is acknowledged', async () => {
    const car = await addResource()
    const [mine, other, kept] = [
      await book(car, [1, 2], own),
      await book(car, [2, 3]),
      await book(car, [3, 4], own),
    ]
    const taken = { allocation_id: Bun.randomUUIDv7(), service: caller.id }
    const foreign = { allocation_id: Bun.randomUUIDv7(), service: 'service:other' }
    await store().db.insert(tables().taken_reservations).values([taken, foreign])
    const { release, listTaken } = start()
    expect((await listTaken(caller)).ids).toEqual([taken.allocation_id])
    const ids = [mine, other, taken.allocation_id, foreign.allocation_id]
    await release({ body: { ids, by: 'anna' }, caller })
    expect((await left()).toSorted()).toEqual([other, kept].toSorted())
    expect(await listTaken(caller)).toEqual({ ids: [] })
    expect((await listTaken(toServiceCaller('other'))).ids).toEqual([foreign.allocation_id])
    await release({ body: { ids, by: 'anna' }, caller })
  })

  it('are released despite a deadlock, but not if the database is away', async () => {
    const car = await addResource()
    const body = { ids: [await book(car, [1, 2], own)], by: 'anna' }
    const failing = (code: string, times: number) => {
      let failed = 0
      onStatement((text, run) => {
        const isIt = text === 'transaction' || /delete/i.test(text)
        if (!isIt || failed++ >= times) return run()
        return Promise.reject(Object.assign(new Error(code), { code }))
      })
    }
    failing('ECONNREFUSED', 1)
    expect(await codeOf(start().release({ body, caller }))).toBe('ECONNREFUSED')
    expect(await left()).toEqual(body.ids)
    failing('40P01', 1)
    expect(await codeOf(start().release({ body, caller }))).toBe('done')
    expect(await left()).toEqual([])
  })

  it('are changes of a day, which may be given back', async () => {
    const { spend } = start()
    const viewer = { id: 'anna', groups: [] }
    const change = (changes: number, whose = viewer.id) =>
      codeOf(spend({ body: { changes, viewer: { ...viewer, id: whose } }, caller }))
    expect([await change(10), await change(1), await change(0)]).toEqual([
      'done',
      'daily_limit_reached',
      'done',
    ])
    expect([await change(1, 'ben'), await change(-3), await change(3)]).toEqual(
      Array.from({ length: 3 }, () => 'done'),
    )
    expect(await change(1)).toBe('daily_limit_reached')
  })

  it('are listed page by page, without those of others or expired holds', async () => {
    const car = await addResource()
    const mine = [await book(car, [1, 2], own), await book(car, [2, 3], own)]
    await book(car, [3, 4])
    await book(car, [4, 5], { ...own, held_until: 1000 })
    const { list } = start()
    const first = await list({ limit: '1' }, caller)
    const second = await list({ limit: '1', cursor: first.next }, caller)
    const ids = [...first.items, ...second.items].map(({ id }) => id)
    expect([ids, second.next]).toEqual([mine.toSorted(), undefined])
    expect((await list({}, toServiceCaller('other'))).items).toEqual([])
  })

  it('are of resources that somebody may not know of', async () => {
    await addResource({ visible_to: JSON.stringify([board]) })
    await addResource()
    const rows = await store().db.select().from(tables().resources)
    const secret = rows.find(({ visible_to }) => visible_to !== null)?.id ?? ''
    const open = rows.find(({ visible_to }) => visible_to === null)?.id ?? ''
    const unknown = Bun.randomUUIDv7()
    const hidden = (groups: string[] | null) =>
      start().findHidden({
        body: { ids: [secret, open, unknown, secret], viewer: { id: 'anna', groups } },
        caller,
      })
    const { ids, types = [] } = await hidden([])
    expect(ids.toSorted()).toEqual([secret, unknown].toSorted())
    expect(types.map(({ resource_id }) => resource_id).toSorted()).toEqual(
      [secret, open].toSorted(),
    )
    expect(new Set(types.map(({ resource_type }) => resource_type))).toEqual(new Set(['Car']))
    expect([(await hidden([board])).ids, (await hidden(null)).ids]).toEqual([[unknown], [unknown]])
  })
})
