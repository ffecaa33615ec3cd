import { expect, it } from 'bun:test'
import type { Booking } from '../../shared/schemas/booking.ts'
import type { Problem } from '../../shared/schemas/problem.ts'
import { changeByHand } from '../../shared/testing/by-hand.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { at, useBookings } from './fixture.ts'

const path = '/api/bookings'

describeStores('bookings', (makeDatabase) => {
  const tools = useBookings(makeDatabase)
  const { call, system, addResource, book, idOf, allocationsOf } = tools

  it('have a number, a person, and allocations in inventory', async () => {
    const [car, lorry] = [await addResource(), await addResource('Lorry')]
    const anna = await idOf('anna')
    const made = await book({ items: [{ resource_id: car }, { resource_id: lorry }] })
    expect(made).toMatchObject({
      status: 201,
      body: { state: 'confirmed', title: 'A visit', booked_for: anna, created_by: anna },
    })
    expect(made.body.number).toMatch(/^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}$/)
    for (const [position, resource] of [car, lorry].entries()) {
      const [allocation, ...rest] = await allocationsOf(resource)
      expect(rest).toEqual([])
      expect(allocation).toMatchObject({
        id: made.body.items[position]?.allocation_id,
        status: 'confirmed',
        held_until: null,
        from_datetime: at('09:00'),
        to_datetime: at('11:00'),
        booked_for: anna,
        reference: made.body.number,
        description: 'A visit',
      })
    }
    const found = await call<Booking>('GET', made.headers.get('location') ?? '', { as: 'anna' })
    expect(found).toMatchObject({ status: 200, body: made.body })
    expect(found.headers.get('etag')).toStartWith('"v1-')
  })

  it('take any of a type, and none unless all are free', async () => {
    const type = await tools.addType()
    const [one, two] = [await addResource(type), await addResource(type)]
    const both = await book({ items: [{ type, count: 2 }] })
    expect(both.body.items.map(({ resource_id }) => resource_id).toSorted()).toEqual(
      [one, two].toSorted(),
    )
    const car = await addResource()
    const refused = await book({ items: [{ resource_id: car }, { type }] })
    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'not_all_free', items: [{ item: 1, code: 'none_free' }] },
    })
    expect(await allocationsOf(car)).toEqual([])
  })

  it('win once: of 20 simultaneous requests one gets the car', async () => {
    const car = await addResource()
    const all = Array.from({ length: 20 }, (_, at) =>
      book({ items: [{ resource_id: car }] }, at % 2 ? 'anna' : 'bert'),
    )
    const statuses = (await Promise.all(all)).map(({ status }) => status)
    expect(statuses.toSorted()).toEqual([201, ...Array<number>(19).fill(409)])
    expect(await allocationsOf(car)).toHaveLength(1)
  })

  it('are made once, however often the request is retried, even simultaneously', async () => {
    const car = await addResource()
    const headers = { 'idempotency-key': 'once' }
    const again = () => book({ items: [{ resource_id: car }] }, 'anna', headers)
    const all = await Promise.all(Array.from({ length: 10 }, again))
    for (const answer of [...all, await again()]) {
      expect(answer).toMatchObject({ status: 201, body: all[0]?.body ?? {} })
    }
    expect((await again()).headers.get('idempotent-replayed')).toBe('true')
    expect(await allocationsOf(car)).toHaveLength(1)
    const other = await book({ items: [{ resource_id: car }], title: 'B' }, 'anna', headers)
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } })
  })

  it('are not made by a dry run, which refuses as the booking would', async () => {
    const car = await addResource()
    const body = { items: [{ resource_id: car }], dry_run: true }
    const looked = await book(body)
    expect(looked).toMatchObject({
      status: 200,
      body: { state: 'confirmed', items: [{ resource_id: car, resource_type: 'Car' }] },
    })
    expect(await allocationsOf(car)).toEqual([])
    await book({ items: [{ resource_id: car }] })
    const { status, body: said } = await book(body)
    const real = await book({ items: [{ resource_id: car }] })
    expect([status, said]).toEqual([real.status, real.body])
    expect(status).toBe(409)
  })

  it('are visible to their person and administrators only', async () => {
    const car = await addResource()
    const { body } = await book({ items: [{ resource_id: car }] })
    const own = `${path}/${body.id}`
    const reason = { reason: 'Mine' }
    expect((await call('GET', own, { as: 'bert' })).status).toBe(403)
    expect((await call('PATCH', own, { as: 'bert', body: { title: 'x' } })).status).toBe(403)
    expect((await call('POST', `${own}/cancel`, { as: 'bert', body: reason })).status).toBe(403)
    expect((await call('GET', own, { as: null })).status).toBe(401)
    const other = await addResource()
    const foreign = { items: [{ resource_id: other }], booked_for: await idOf('bert') }
    expect((await book(foreign)).status).toBe(403)
    const byAdmin = await book(foreign, 'admin')
    expect(byAdmin).toMatchObject({ status: 201, body: { booked_for: await idOf('bert') } })
    expect((await call('GET', `${path}/${byAdmin.body.id}`, { as: 'bert' })).status).toBe(200)
  })

  it('are only of resources their person can see: others do not exist', async () => {
    const [hidden, car] = [await addResource(), await addResource()]
    const body = { visible_to: [] }
    expect((await call('PATCH', `/api/resources/${hidden}`, { body })).status).toBe(200)
    const items = [{ resource_id: hidden }]
    for (const more of [{}, { dry_run: true }]) {
      expect(await book({ items, ...more })).toMatchObject({
        status: 409,
        body: { code: 'not_all_free', items: [{ code: 'resource_not_found', conflicts: [] }] },
      })
    }
    const own = await book({ items: [{ resource_id: car }] })
    const [{ allocation_id } = { allocation_id: '' }] = own.body.items
    const swap = [{ allocation_id, resource_id: hidden }]
    const swapIt = (as: string) => call('PATCH', `${path}/${own.body.id}`, { as, body: { swap } })
    expect((await swapIt('anna')).status).toBe(409)
    expect((await swapIt('admin')).status).toBe(200)
    const lorry = await addResource('Lorry')
    expect(
      await call<Booking>('PATCH', `${path}/${own.body.id}`, {
        as: 'anna',
        body: { swap: [{ allocation_id, resource_id: lorry }] },
      }),
    ).toMatchObject({ status: 200, body: { items: [{ resource_type: 'Lorry' }] } })
  })

  it('are listed by start, page by page, with all filters', async () => {
    const car = await addResource()
    const ids: string[] = []
    for (const day of [3, 1, 2]) {
      const span = { from: at('09:00', day), to: at('11:00', day), title: `Léon ${day}` }
      ids.push((await book({ items: [{ resource_id: car }], ...span }, 'carl')).body.id)
    }
    const list = async (query: string, as = 'carl') =>
      (await call<Booking[]>('GET', `${path}?${query}`, { as })).body.map(({ id }) => id)
    const sorted = [ids[1], ids[2], ids[0]] as string[]
    expect(await list('')).toEqual(sorted)
    expect(await list(`resource=${car}`, 'admin')).toEqual(sorted)
    expect(await list(`resource=${car}`, 'anna')).toEqual([])
    expect(await list(`from=${at('10:00', 2)}`)).toEqual(sorted.slice(1))
    expect(await list(`to=${at('09:00', 2)}`)).toEqual(sorted.slice(0, 1))
    expect(await list('q=leon%202')).toEqual([ids[2] ?? ''])
    expect(await list(`person=${await idOf('carl')}`, 'admin')).toEqual(sorted)
    expect(await list('state=cancelled')).toEqual([])
    expect(await list('pending=true')).toEqual([])
    const first = await call<Booking[]>('GET', `${path}?limit=2`, { as: 'carl' })
    const next = /<(.+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? ''
    const second = await call<Booking[]>('GET', next, { as: 'carl' })
    expect([...first.body, ...second.body].map(({ id }) => id)).toEqual(sorted)
  })

  it('refuse invalid input, and name the field', async () => {
    const items = [{ type: 'Car' }]
    const bad: [object, string][] = [
      [{ items: [] }, '#/items'],
      [{ items: [{}] }, '#/items/0'],
      [{ items: [{ type: 'Car', count: 21 }] }, '#/items/0/count'],
      [
        {
          items: [
            { type: 'Car', count: 15 },
            { type: 'Car', count: 6 },
          ],
        },
        '#/items',
      ],
      [{ items, title: '' }, '#/title'],
      [{ items, title: 'a\0b' }, '#/title'],
      [{ items, from: '2027-02-30T00:00:00Z' }, '#/from'],
      [{ items, to: at('09:00') }, '#/to'],
      [{ items, to: '2029-01-01T00:00:00Z' }, '#/to'],
      [{ items, colour: 'red' }, '#/colour'],
    ]
    for (const [body, pointer] of bad) {
      const { status, body: problem } = await book(body)
      const { errors } = problem as unknown as Problem
      expect([body, status, errors?.[0]?.pointer]).toEqual([body, 422, pointer])
    }
  })

  it('keep their rules against SQL by hand', async () => {
    const car = await addResource()
    const { body } = await book({ items: [{ resource_id: car }] })
    const set = (text: string) =>
      changeByHand(
        system().databaseUrlOf('bookings'),
        `UPDATE bookings SET ${text} WHERE number = '${body.number}'`,
      )
    for (const text of [
      "state = 'lost'",
      'to_datetime = from_datetime',
      "title = ''",
      "state = 'requested'",
    ]) {
      await expect(set(text)).rejects.toThrow()
    }
    await set("title = 'By hand'")
  })
})
