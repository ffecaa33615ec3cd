import { expect, it } from 'bun:test'
import type { Allocation } from '../../../shared/schemas/allocation.ts'
import type { Booking, BookingAudit } from '../../../shared/schemas/booking.ts'
import type { HandedOver, Holdings, Progress } from '../../../shared/schemas/leaving.ts'
import type { Problem } from '../../../shared/schemas/problem.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { useBookings } from '../fixture.ts'

const at = (hour: number, day = 1) =>
  `2090-03-${String(day).padStart(2, '0')}T${String(hour).padStart(2, '0')}:00:00.000Z`

describeStores('the bookings of a leaving user under rules', (makeDatabase) => {
  const { call, addResource, addType, book, idOf, setPolicy } = useBookings(makeDatabase)

  const holdingsOf = async (user: string, as = 'admin') =>
    (await call<Holdings>('GET', `/api/users/${user}/holdings`, { as })).body
  const handOver = (from: string, body: object) =>
    call<HandedOver & Problem>('POST', `/api/users/${from}/hand_over`, { body })
  const release = (from: string, body: object, as = 'admin') =>
    call<Progress & Problem>('POST', `/api/users/${from}/release_bookings`, { as, body })
  const read = async ({ id }: Booking, as = 'admin') =>
    call<Booking & Problem>('GET', `/api/bookings/${id}`, { as })
  const audit = async () => (await call<BookingAudit>('GET', '/api/bookings/audit')).body

  async function bookHours(as: string, hours: number[], items?: object[]) {
    const car = items ? '' : await addResource()
    const made: Booking[] = []
    for (const hour of hours) {
      const wanted = { items: (items ?? [{ resource_id: car }]) as never }
      const { status, body } = await book({ ...wanted, from: at(hour), to: at(hour + 1) }, as)
      expect(status).toBe(201)
      made.push(body)
    }
    return made
  }

  it('are distinguished from what is checked out, which a manager returns', async () => {
    const resource_id = await addResource()
    const from = new Date().toISOString()
    const to = new Date(Date.now() + 3_600_000).toISOString()
    const { body } = await book({ items: [{ resource_id }], from, to }, 'olga')
    const step = (name: string, as: string) =>
      call('POST', `/api/bookings/${body.id}/${name}`, { as, body: {} })
    expect((await step('check_out', 'olga')).status).toBe(200)
    const olga = await idOf('olga')
    expect((await holdingsOf(olga)).booked).toMatchObject({ count: 0, out: 1 })
    expect((await step('return', 'admin')).status).toBe(200)
    expect((await holdingsOf(olga)).booked).toMatchObject({ count: 0, out: 0 })
  })

  it('are listed, and handed over to the receiver alone, with their allocations', async () => {
    const [anna, bert] = [await idOf('anna'), await idOf('bert')]
    const [first, second] = await bookHours('anna', [8, 10])
    const type = await addType()
    await addResource(type)
    await setPolicy({ type, rules: { approval: { when: 'always' } } })
    const [asked] = await bookHours('anna', [12], [{ type }])
    if (!first || !second || !asked) throw new Error('nothing was booked')
    const { booked } = await holdingsOf(anna)
    expect(booked).toMatchObject({ count: 3, requested: 1, out: 0 })
    expect(booked?.next.map(({ id }) => id)).toEqual([first.id, second.id, asked.id])
    expect((await holdingsOf(anna, 'anna')).booked).toEqual(booked as never)

    const done = await handOver(anna, { to: bert, bookings: true })
    expect(done.body.bookings).toEqual({ done: 3, left: 0 })
    for (const { id, items, number } of [first, second, asked]) {
      const got = await call<Booking>('GET', `/api/bookings/${id}`, { as: 'bert' })
      expect(got.body).toMatchObject({ booked_for: bert, number })
      expect((await call('GET', `/api/bookings/${id}`, { as: 'anna' })).status).toBe(403)
      const path = `/api/resources/${items[0]?.resource_id}/allocations/${items[0]?.allocation_id}`
      expect((await call<Allocation>('GET', path)).body.booked_for).toBe(bert)
    }
    const approved = await call<Booking>('POST', `/api/bookings/${asked.id}/approve`)
    expect(approved.body).toMatchObject({ state: 'confirmed', booked_for: bert })
    expect((await holdingsOf(anna)).booked?.count).toBe(0)
    expect((await handOver(anna, { to: bert, bookings: true })).body.bookings?.done).toBe(0)
    expect(await audit()).toMatchObject({ unbacked: 0, orphaned: 0 })
  })

  it('are handed over as chosen, and use up no quota of the receiver', async () => {
    const [carl, dora] = [await idOf('carl'), await idOf('dora')]
    const type = await addType()
    await setPolicy({ type, rules: { time_zone: 'UTC', quotas: [{ per: 'day', count: 1 }] } })
    for (let count = 0; count < 3; count++) await addResource(type)
    const [own] = await bookHours('carl', [8], [{ type }])
    const [other] = await bookHours('carl', [10])
    await bookHours('dora', [8], [{ type }])
    const done = await handOver(carl, { to: dora, bookings: [own?.id] })
    expect(done.body.bookings).toEqual({ done: 1, left: 0 })
    if (own && other) {
      expect((await read(own)).body.booked_for).toBe(dora)
      expect((await read(other)).body.booked_for).toBe(carl)
    }
    expect(await audit()).toMatchObject({ over_quota: 0 })
    const more = { items: [{ type }], from: at(12), to: at(13) }
    expect((await book(more, 'dora')).status).toBe(422)
    expect((await book(more, 'carl')).status).toBe(201)
  })

  it('are cancelled when released, but not too late by their own user', async () => {
    const eve = await idOf('eve')
    const type = await addType()
    await addResource(type)
    await setPolicy({ type, rules: { cancel_until: 'P2D' } })
    const [from, to] = [2, 3].map((hours) => new Date(Date.now() + hours * 3_600_000).toISOString())
    const late = { items: [{ type }], ...(from && { from }), ...(to && { to }) }
    const { status, body } = await book(late, 'eve')
    expect(status).toBe(201)
    const [free] = await bookHours('eve', [10])
    expect((await release(eve, { bookings: true }, 'bert')).status).toBe(403)
    const byThemselves = await release(eve, { bookings: true }, 'eve')
    expect(byThemselves.body).toEqual({ done: 1, left: 1 } as never)
    if (free) expect((await read(free)).body).toMatchObject({ state: 'cancelled', decided_by: eve })
    const byAdmin = await release(eve, { bookings: true })
    expect(byAdmin.body.left).toBe(0)
    expect((await read(body)).body.state).toBe('cancelled')
    expect(await audit()).toMatchObject({ unbacked: 0, orphaned: 0 })
  })

  it('are handed over in batches, completed by repeating the request', async () => {
    const [fay, gus] = [await idOf('fay'), await idOf('gus')]
    const car = await addResource()
    const hours = Array.from({ length: 45 }, (_, hour) => hour)
    for (const hour of hours) {
      const day = 1 + Math.floor(hour / 20)
      const span = { from: at(hour % 20, day), to: at((hour % 20) + 1, day) }
      expect((await book({ items: [{ resource_id: car }], ...span }, 'fay')).status).toBe(201)
    }
    const done = await handOver(fay, { to: gus, bookings: true })
    expect(done.body.bookings).toEqual({ done: 45, left: 0 })
    const { body } = await call<Booking[]>('GET', '/api/bookings?mine=true&limit=200', {
      as: 'gus',
    })
    expect(body).toHaveLength(45)
  }, 60_000)
})
