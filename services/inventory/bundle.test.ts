import { expect, it, setDefaultTimeout } from 'bun:test'
import type { Allocation } from '../../shared/schemas/allocation.ts'
import type { AllocatedBundle, ItemRefusal } from '../../shared/schemas/allocation-bundle.ts'
import type { Problem } from '../../shared/schemas/problem.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { at, useInventory } from './fixture.ts'
import { openSqlSession } from './testing/open-sql-session.ts'

setDefaultTimeout(60_000)

type Answer = AllocatedBundle & Omit<Problem, 'items'> & { items: ItemRefusal[] }

describeStores('bookings made together', (makeDatabase) => {
  const { call, add, book, audit, system } = useInventory(makeDatabase)
  const span = { from_datetime: at('09'), to_datetime: at('10') }
  const idOf = (path: string) => path.slice(-36)
  const of = (...paths: string[]) => paths.map((path) => ({ resource_id: idOf(path) }))

  function take(body: object, { as = 'admin', key }: { as?: string; key?: string } = {}) {
    const headers: Record<string, string> = key ? { 'idempotency-key': key } : {}
    return call<Answer>('POST', '/api/allocations', { as, headers, body: { ...span, ...body } })
  }

  async function bookingsOf(path: string): Promise<Allocation[]> {
    return (await call<Allocation[]>('GET', `${path}/allocations`)).body
  }

  async function makeType(type: string, count: number): Promise<string[]> {
    return Promise.all(Array.from({ length: count }, () => add(type)))
  }

  it('all exist, each readable individually', async () => {
    const [car, lorry] = [await add(), await add('lorries')]
    const words = { description: 'Fair', reference: 'F-1', dump: { stand: 4 } }
    const { status, body, headers } = await take({ items: of(car, lorry), ...words })
    expect(status).toBe(201)
    expect(headers.has('location')).toBe(false)
    expect(body.skipped).toEqual([])
    expect(body.allocations.map(({ resource_id }) => resource_id)).toEqual([idOf(car), idOf(lorry)])
    expect(body.allocations[1]).toMatchObject({ ...span, ...words, resource_type: 'Lorry' })
    expect([await bookingsOf(car), await bookingsOf(lorry)].flat()).toEqual(body.allocations)
  })

  // kit_overlaps_kit: two kits share one camera.
  it('are refused as a whole if one is taken, with the conflict and alternatives', async () => {
    const [a, b, c] = (await makeType('trucks', 3)) as [string, string, string]
    expect((await take({ items: of(a, b) })).status).toBe(201)
    const taken = (await bookingsOf(b))[0]
    const whose = { booked_for: taken?.booked_for ?? '', allocation_type: 'booking' }
    const { status, body } = await take({ items: of(c, b) })
    expect([status, body.code]).toEqual([409, 'not_all_free'])
    expect(body.items).toEqual([
      {
        item: 1,
        code: 'allocation_overlap',
        conflicts: [{ id: taken?.id ?? '', ...span, status: 'confirmed', mine: true, ...whose }],
        next_free: { from_datetime: at('10'), to_datetime: at('11') },
        resource_type: 'Truck',
        peers: [{ id: idOf(c), name: expect.any(String) }],
      },
    ])
    expect(await bookingsOf(c)).toEqual([])
  })

  it('leave nothing behind when refused, not even an event', async () => {
    const [free, taken] = [await add(), await add()]
    await book(taken, at('09'), at('10'))
    const session = openSqlSession(system().databaseUrl)
    const before = await session.dump()
    expect((await take({ items: of(free, taken) }, { key: 'refused' })).status).toBe(409)
    expect(await session.dump()).toBe(before)
    expect((await take({ items: of(free) }, { key: 'taken' })).status).toBe(201)
    expect(await session.dump()).not.toBe(before)
    await session.close()
  })

  // third_occurrence_conflicts, series_half_lands
  it('as a series, are refused as a whole if the third day is taken', async () => {
    const car = await add()
    const days = [1, 8, 15, 22].map((day) => ({
      resource_id: idOf(car),
      from_datetime: `2027-06-${String(day).padStart(2, '0')}T09:00:00.000Z`,
      to_datetime: `2027-06-${String(day).padStart(2, '0')}T10:00:00.000Z`,
    }))
    const third = await book(car, '2027-06-15T09:30Z', '2027-06-15T11:00Z')
    const refused = await take({ items: days })
    expect(refused.status).toBe(409)
    expect(refused.body.items.map(({ item }) => item)).toEqual([2])
    expect((await bookingsOf(car)).map(({ id }) => id)).toEqual([third.body.id])
    const some = await take({ items: days, mode: 'skip' })
    expect(some.status).toBe(201)
    expect(some.body.allocations).toHaveLength(3)
    expect(some.body.skipped).toEqual([{ item: 2, code: 'allocation_overlap', count: 1 }])
    expect(await bookingsOf(car)).toHaveLength(4)
  })

  // series_overlaps_itself
  it('are refused early if they overlap each other', async () => {
    const car = await add()
    const twice = await take({ items: [...of(car, car)] })
    expect([twice.status, twice.body.code]).toEqual([422, 'items_overlap'])
    const later = { from_datetime: at('10'), to_datetime: at('11') }
    const touching = [...of(car), { resource_id: idOf(car), ...later }]
    expect((await take({ items: touching })).status).toBe(201)
  })

  it('report the faults of each item, and book nothing', async () => {
    const car = await add()
    const both = { resource_id: idOf(car), type: 'Car' }
    const bad = await take({ items: [{}, both, { resource_id: idOf(car), count: 2 }] })
    expect(bad.status).toBe(422)
    const pointers = bad.body.errors?.map(({ pointer }) => pointer)
    expect(pointers).toEqual(['#/items/0', '#/items/1', '#/items/2'])
    expect((await take({ items: [] })).status).toBe(422)
    expect(
      (
        await take({
          items: [
            { type: 'Car', count: 99 },
            { type: 'Truck', count: 2 },
          ],
        })
      ).status,
    ).toBe(422)
    expect((await take({ items: [{ type: 'Tank' }] })).body.code).toBe('resource_type_not_found')
    expect((await take({ items: of(car), to_datetime: at('08') })).body.code).toBe('empty_span')
    const nowhere = { resource_id: '01a1fe45-0000-7000-8000-000000000000' }
    const missing = await take({ items: [...of(car), nowhere] })
    expect([missing.status, missing.body.items[0]?.code]).toEqual([409, 'resource_not_found'])
    const year = { from_datetime: '2028-01-01T00:00Z', to_datetime: '2029-02-01T00:00Z' }
    const long = await take({ items: of(car), ...year }, { as: 'member' })
    expect([long.status, long.body.code]).toEqual([422, 'span_too_long'])
    const runway = await add('runways')
    const off = { from_datetime: at('09:01'), to_datetime: at('09:15') }
    expect((await take({ items: of(runway), ...off })).body.code).toBe('not_on_slot_grid')
    expect(await bookingsOf(runway)).toEqual([])
  })

  it('return the stored response to a retry, even with skipped items', async () => {
    const [car, other] = [await add(), await add()]
    await book(other, at('09'), at('10'))
    const body = { items: [...of(car, other), { type: 'Car', count: 2 }], mode: 'skip' }
    const first = await take(body, { key: 'kit-1' })
    expect(first.status).toBe(201)
    const again = await take(body, { key: 'kit-1' })
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    expect(again.body).toEqual(first.body)
    expect((await take({ ...body, mode: 'all' }, { key: 'kit-1' })).status).toBe(422)
    expect(await bookingsOf(car)).toHaveLength(1)
    const same = await Promise.all(
      Array.from({ length: 10 }, () => take({ items: of(car), ...late }, { key: 'kit-2' })),
    )
    expect(new Set(same.map(({ body: { allocations } }) => allocations[0]?.id)).size).toBe(1)
  })
  const late = { from_datetime: at('20'), to_datetime: at('21') }

  it("count each allocation towards the member's limit, but not for administrators", async () => {
    const car = await add()
    expect((await call('POST', '/api/allocations', { as: null, body: {} })).status).toBe(401)
    const admin = (await call<{ id: string }>('GET', '/api/users/me')).body.id
    const other = await take({ items: of(car), booked_for: admin }, { as: 'member' })
    expect(other.status).toBe(403)
  })

  it('take any of a type: of 40 requests for one of 15, 15 succeed, without retries', async () => {
    const pads = await makeType('launchpads', 15)
    const six = { from_datetime: at('00'), to_datetime: at('06') }
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, who) =>
        take({ items: [{ type: 'Launchpad' }], ...six }, { as: who % 2 ? 'member' : 'admin' }),
      ),
    )
    const won = answers.filter(({ status }) => status === 201)
    expect(won).toHaveLength(15)
    const given = won.map(({ body }) => body.allocations[0]?.resource_id ?? '')
    expect(given.toSorted()).toEqual(pads.map(idOf).toSorted())
    const lost = answers.filter(({ status }) => status !== 201)
    expect(lost.map(({ status, body }) => [status, body.items[0]?.code])).toEqual(
      Array.from({ length: 25 }, () => [409, 'none_free']),
    )
    expect((await audit()).overlaps).toBe(0)
    const preferred = pads[7] ?? ''
    const later = { from_datetime: at('06'), to_datetime: at('12') }
    const one = await take({ items: [{ type: 'Launchpad', prefer: [idOf(preferred)] }], ...later })
    expect(one.body.allocations[0]?.resource_id).toBe(idOf(preferred))
    const many = await take({ items: [{ type: 'Launchpad', count: 14 }], ...later })
    expect(new Set(many.body.allocations.map(({ resource_id }) => resource_id)).size).toBe(14)
    const more = await take({ items: [{ type: 'Launchpad', count: 14 }], ...later })
    expect([more.status, more.body.items[0]?.code]).toEqual([409, 'none_free'])
  })

  it('assign each item its own, even if one resource fits both', async () => {
    const make = (name: string, seats: number) =>
      call<{ id: string }>('POST', '/api/lorries', { body: { name, properties: { seats } } })
    const [small, large] = [(await make('small', 2)).body.id, (await make('large', 9)).body.id]
    const night = { from_datetime: at('22'), to_datetime: at('23') }
    const either = { type: 'Lorry', where: 'seats>=1' }
    const roomy = { type: 'Lorry', where: 'seats>=9' }
    const { body } = await take({ items: [either, roomy], ...night })
    expect(body.allocations.map(({ resource_id }) => resource_id)).toEqual([small, large])
    const more = await take({ items: [roomy], ...night })
    expect([more.status, more.body.items[0]?.code]).toEqual([409, 'none_free'])
    const wrong = await take({ items: [{ type: 'Lorry', where: 'seats>>1' }], ...night })
    expect([wrong.status, wrong.body.code]).toEqual([422, 'where_invalid'])
    expect(wrong.body.errors?.map(({ pointer }) => pointer)).toEqual(['#/items/0/where'])
  })

  it('leave the last one of a type to an item that names it', async () => {
    const pads = (await call<{ id: string }[]>('GET', '/api/launchpads')).body.map(({ id }) => id)
    const evening = { from_datetime: at('12'), to_datetime: at('18') }
    const named = pads[3] ?? ''
    const items = [{ type: 'Launchpad', count: pads.length - 1 }, { resource_id: named }]
    const { status, body } = await take({ items, ...evening })
    expect(status).toBe(201)
    expect(body.allocations.at(-1)?.resource_id).toBe(named)
  })
})
