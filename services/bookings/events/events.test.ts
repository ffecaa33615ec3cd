import { expect, it } from 'bun:test'
import type { Booking } from '../../../shared/schemas/booking.ts'
import type {
  BookingEvent,
  BookingEvents,
  DueBookings,
} from '../../../shared/schemas/booking-event.ts'
import type { BookingSeries } from '../../../shared/schemas/booking-series.ts'
import { changeByHand } from '../../../shared/testing/by-hand.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import type { TestSystem } from '../../testing/system.ts'
import { toAnswer } from '../../testing/use-system.ts'
import { at, useBookings } from '../fixture.ts'
import { fromNow, useHandovers } from '../handover/fixture.ts'
import { useSplit } from '../testing/split.ts'

async function listEvents(system: TestSystem, after?: string): Promise<BookingEvents> {
  const token = await system.signServiceToken('notifications', 'bookings')
  const query = after === undefined ? '' : `?after=${after}`
  const headers = { 'x-service-token': token }
  const answer = await system.send('GET', `/api/bookings/events${query}`, { as: null, headers })
  const { status, body } = await toAnswer<BookingEvents>(answer)
  expect(status).toBe(200)
  return body
}

async function listDue(system: TestSystem, query: string): Promise<DueBookings> {
  const token = await system.signServiceToken('notifications', 'bookings')
  const headers = { 'x-service-token': token }
  const answer = await system.send('GET', `/api/bookings/due?${query}`, { as: null, headers })
  return (await toAnswer<DueBookings>(answer)).body
}

async function eventsOf(system: TestSystem, ...ids: string[]): Promise<BookingEvent[]> {
  const found: BookingEvent[] = []
  for (let after: string | undefined; ;) {
    const { events, next } = await listEvents(system, after)
    if (events.length === 0) return found
    found.push(...events.filter(({ booking_id }) => ids.includes(booking_id)))
    after = next
  }
}

const placeOf = (id: string) => expect.objectContaining({ resource_id: id })
const kindsOf = (events: BookingEvent[]) => events.map(({ kind }) => kind.replace('booking.', ''))

describeStores('booking events', (makeDatabase) => {
  const tools = useBookings(makeDatabase)
  const { call, system, addResource, addType, setPolicy, book, idOf } = tools
  const { bookNow, checkOut, bringBack, listHandovers, byHand, inSql } = useHandovers(tools)
  const post = (step: string, as: string, body?: object) =>
    call<Booking>('POST', `/api/bookings/${step}`, { as, ...(body && { body }) })

  async function addRequested(): Promise<Booking> {
    const type = await addType()
    await setPolicy({ type, rules: { approval: { when: 'always' } } })
    return (await book({ items: [{ resource_id: await addResource(type) }] })).body
  }

  it('report each damaged resource once, with what was noted and who said so', async () => {
    const [fine, bent, torn] = [await addResource(), await addResource(), await addResource()]
    const { id } = await bookNow([fine, bent, torn])
    await checkOut(id)
    const records = [
      { resource_id: fine, condition: 'good', note: 'Clean' },
      { resource_id: bent, condition: 'damaged', note: 'A scratch' },
      { resource_id: torn, condition: 'damaged', note: 'The seat' },
    ]
    expect((await bringBack(id, records)).status).toBe(200)
    const [own] = await listHandovers(`resource_id=${fine}`)
    const isPostgres = !system().databaseUrlOf('bookings').startsWith('sqlite:')
    const key = isPostgres ? `'${own?.id}'` : `x'${own?.id.replaceAll('-', '')}'`
    await byHand('bookings', `UPDATE handovers SET in_condition = 'damaged' WHERE id = ${key}`)
    const events = await eventsOf(system(), id)
    const by = await idOf('anna')
    const damage = events.flatMap(({ kind, data }) => (kind === 'booking.damaged' ? data : []))
    expect(damage.toSorted((a, b) => (a.reason ?? '').localeCompare(b.reason ?? ''))).toEqual([
      expect.objectContaining({ by, reason: 'A scratch', items: [placeOf(bent)] }),
      expect.objectContaining({ by: null, reason: 'Clean', items: [placeOf(fine)] }),
      expect.objectContaining({ by, reason: 'The seat', items: [placeOf(torn)] }),
    ])
    const kinds = new Set(kindsOf(events))
    expect(kinds).toEqual(new Set(['checked_out', 'confirmed', 'damaged', 'returned']))
  })

  it('are reported once each, with who did it, the former and the current values', async () => {
    const [anna, admin] = [await idOf('anna'), await idOf('admin')]
    const { id, number, items } = await addRequested()
    await post(`${id}/approve`, 'admin')
    const change = { as: 'admin', body: { to: at('12:00'), title: 'A long visit' } }
    expect((await call('PATCH', `/api/bookings/${id}`, change)).status).toBe(200)
    await post(`${id}/cancel`, 'anna', { reason: 'No visit' })
    const events = await eventsOf(system(), id)
    expect(kindsOf(events)).toEqual(['requested', 'approved', 'changed', 'cancelled'])
    expect(events.map(({ data }) => data.by)).toEqual([anna, admin, admin, anna])
    const [{ resource_id, resource_type } = { resource_id: '', resource_type: '' }] = items
    expect(events[2]?.data).toEqual({
      number,
      title: 'A long visit',
      from: at('09:00'),
      to: at('12:00'),
      booked_for: anna,
      created_by: anna,
      by: admin,
      reason: 'No visit',
      items: [{ resource_id, resource_type }],
      was: { title: 'A visit', to: at('11:00') },
      series: null,
    })
    expect(new Set(events.map((event) => event.id)).size).toBe(4)
  })

  it('cover rejections, swaps, hand-overs, check-outs and returns', async () => {
    const rejected = await addRequested()
    await post(`${rejected.id}/reject`, 'admin', { reason: 'Not now' })
    expect(kindsOf(await eventsOf(system(), rejected.id))).toEqual(['requested', 'rejected'])

    const [car, other] = [await addResource(), await addResource()]
    const { body } = await book({ items: [{ resource_id: car }] })
    const allocation_id = body.items[0]?.allocation_id
    const swap = { as: 'anna', body: { swap: [{ allocation_id, resource_id: other }] } }
    expect((await call('PATCH', `/api/bookings/${body.id}`, swap)).status).toBe(200)
    const given = { to: await idOf('bert'), bookings: [body.id] }
    const from = await idOf('anna')
    expect((await call('POST', `/api/users/${from}/hand_over`, { body: given })).status).toBe(200)
    const events = await eventsOf(system(), body.id)
    expect(kindsOf(events)).toEqual(['confirmed', 'changed', 'changed'])
    expect(events[1]?.data.items).toMatchObject([{ resource_id: other }])
    expect(events[2]?.data).toMatchObject({ booked_for: given.to, was: { booked_for: from } })
    expect(events[2]?.data.by).toBe(await idOf('admin'))

    const out = await bookNow([await addResource()])
    await checkOut(out.id)
    await bringBack(out.id)
    expect(kindsOf(await eventsOf(system(), out.id))).toEqual([
      'confirmed',
      'checked_out',
      'returned',
    ])
  })

  it('omit refused changes, and report one that changes nothing once', async () => {
    const car = await addResource()
    const { body } = await book({ items: [{ resource_id: car }] })
    await book({ items: [{ resource_id: car }], from: at('11:00'), to: at('13:00') }, 'bert')
    const change = { as: 'anna', body: { to: at('12:00') } }
    expect((await call('PATCH', `/api/bookings/${body.id}`, change)).status).toBe(409)
    expect(await book({ items: [{ resource_id: car }] }, 'bert')).toMatchObject({ status: 409 })
    expect(kindsOf(await eventsOf(system(), body.id))).toEqual(['confirmed'])
  })

  it('report days of a series as changed together', async () => {
    const made = await call<BookingSeries>('POST', '/api/bookings/series', {
      as: 'anna',
      body: {
        items: [{ resource_id: await addResource() }],
        from: at('09:00'),
        to: at('11:00'),
        title: 'A round',
        rule: 'FREQ=DAILY;COUNT=5',
        time_zone: 'UTC',
      },
    })
    const ids = made.body.occurrences.flatMap(({ booking_id }) => booking_id ?? [])
    const events = await eventsOf(system(), ...ids)
    expect(kindsOf(events)).toEqual(Array.from({ length: 5 }, () => 'confirmed'))
    for (const [place, { data }] of events.entries()) {
      const span = { from: at('09:00'), to: at('11:00', 5) }
      const first = place === 0
      expect(data.series).toEqual({ id: made.body.id, count: 5, ...span, first })
    }
  })

  it('fall due for days of a series at once, and never early', async () => {
    const type = await addType()
    await setPolicy({ type, rules: { approval: { when: 'always' } } })
    const ask = async (rule: string) => {
      const items = [{ resource_id: await addResource(type) }]
      const span = { from: at('09:00'), to: at('11:00'), title: 'A round', time_zone: 'UTC' }
      const body = { items, rule, ...span }
      return (await call<BookingSeries>('POST', '/api/bookings/series', { as: 'anna', body })).body
    }
    const [over, open] = [await ask('FREQ=DAILY;COUNT=4'), await ask('FREQ=DAILY;COUNT=3')]
    const idsOf = ({ occurrences }: BookingSeries) =>
      occurrences.flatMap(({ booking_id }) => booking_id ?? [])
    for (const [series, hours] of [
      [over, -1],
      [open, 1],
    ] as const) {
      for (const id of idsOf(series)) {
        const { number } = (await call<Booking>('GET', `/api/bookings/${id}`)).body
        const decide_by = `decide_by = ${inSql(hours)}`
        await byHand('bookings', `UPDATE bookings SET ${decide_by} WHERE number = '${number}'`)
      }
    }
    const before = Date.now()
    const due = await listDue(system(), `after=${fromNow(-3)}&until=${fromNow(30)}`)
    const found = due.events.filter(({ booking_id }) => idsOf(over).includes(booking_id))
    expect(kindsOf(found)).toEqual(['expired', 'expired', 'expired', 'expired'])
    expect(found.filter(({ data }) => data.series?.first)).toMatchObject([
      { data: { series: { id: over.id, count: 4, from: at('09:00'), to: at('11:00', 4) } } },
    ])
    const early = due.events.filter(({ booking_id }) => idsOf(open).includes(booking_id))
    expect([early, due.next]).toEqual([[], expect.any(String)])
    expect(Date.parse(due.until)).toBeWithin(before - 1000, Date.now() + 1000)
  })

  it('are for the notifying service only, in consecutive pages', async () => {
    for (const as of ['anna', 'admin']) {
      expect((await call('GET', '/api/bookings/events', { as })).status).toBe(403)
    }
    const { next } = await listEvents(system())
    expect(await listEvents(system(), next)).toEqual({ events: [], next })
    const { body } = await book({ items: [{ resource_id: await addResource() }] })
    const { events } = await listEvents(system(), next)
    expect(events.map(({ booking_id }) => booking_id)).toEqual([body.id])
    // A restored backup begins another history.
    const all = (await listEvents(system())).events.length
    const url = system().databaseUrlOf('bookings')
    await changeByHand(url, 'INSERT INTO event_epochs DEFAULT VALUES')
    expect((await listEvents(system(), next)).events).toHaveLength(all)
  })
})

describeStores('a booking that is undone', (makeDatabase) => {
  const split = useSplit(makeDatabase)
  const { bookings, breakAt, beforeNext, send, addCar, addCarToPickUp, book, tokenOf } = split
  const keep = '/api/reservations/keep'
  const past = (url: string) => (url.startsWith('sqlite:') ? '1000' : "'2020-01-01T00:00:00Z'")

  async function endHolds(): Promise<void> {
    const url = split.inventory().databaseUrlOf('inventory')
    const ended = `UPDATE allocations SET held_until = ${past(url)}`
    await changeByHand(url, `${ended} WHERE held_until IS NOT NULL`)
  }
  const all = async () => (await listEvents(bookings())).events

  /** A member's request for a car that needs approval. */
  async function request(): Promise<Booking> {
    const car = await addCar()
    const rules = { approval: { when: 'always' } }
    await send(bookings(), 'POST /api/policies', { body: { resource_id: car, rules } })
    const headers = { authorization: `Bearer ${await tokenOf('anna')}` }
    const span = { from: at('09:00'), to: at('11:00') }
    const body = { items: [{ resource_id: car }], title: 'A visit', ...span }
    return (await send<Booking>(bookings(), 'POST /api/bookings', { body, headers })).body
  }

  it('is not reported while it is being created, nor when its hold has ended', async () => {
    const car = await addCarToPickUp()
    breakAt({ path: keep, when: 'before' })
    expect((await book(car, 'lost')).status).toBe(503)
    await endHolds()
    breakAt(undefined)
    expect(await all()).toEqual([])
    const { body } = await book(car, 'lost')
    expect((await all()).map(({ booking_id }) => booking_id)).toEqual([body.id])
  })

  it('is not reported as approved if its time was gone by then', async () => {
    const body = await request()
    beforeNext(keep, endHolds)
    const approved = await send(bookings(), `POST /api/bookings/${body.id}/approve`, {})
    expect(approved.status).toBe(409)
    const events = (await all()).filter(({ booking_id }) => booking_id === body.id)
    expect(kindsOf(events)).toEqual(['requested', 'expired'])
    expect(events[1]?.data.by).toBe(null)
  })

  it('is reported as approved once that is settled, even after a crash', async () => {
    const body = await request()
    breakAt({ path: keep, when: 'after' })
    const path = `/api/bookings/${body.id}`
    expect((await send(bookings(), `POST ${path}/approve`, {})).status).toBe(503)
    const own = async () => (await all()).filter(({ booking_id }) => booking_id === body.id)
    expect(kindsOf(await own())).toEqual(['requested'])
    breakAt(undefined)
    expect((await send(bookings(), `GET ${path}`, {})).status).toBe(200)
    expect(kindsOf(await own())).toEqual(['requested', 'approved'])
  })
})
