import { expect, it } from 'bun:test'
import type { Booking, BookingAudit } from '../../../shared/schemas/booking.ts'
import type { BookingSeries, BookingSeriesOutlook } from '../../../shared/schemas/booking-series.ts'
import type { Problem } from '../../../shared/schemas/problem.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { at, useBookings } from '../fixture.ts'
import { useSplit } from '../testing/split.ts'

const path = '/api/bookings/series'
const berlin = (day: number, time: string) => {
  const date = `2027-03-${String(day).padStart(2, '0')}`
  const zoned = Temporal.PlainDateTime.from(`${date}T${time}`).toZonedDateTime('Europe/Berlin')
  return new Date(zoned.epochMilliseconds).toISOString()
}

describeStores('a change of a series', (makeDatabase) => {
  const tools = useBookings(makeDatabase)
  const { call, addResource, addType, addGroup, book, setPolicy, allocationsOf, idOf } = tools

  async function repeat(car: string, more: object = {}, as = 'anna'): Promise<BookingSeries> {
    const body = {
      items: [{ resource_id: car }],
      from: berlin(1, '09:00'),
      to: berlin(1, '11:00'),
      title: 'A round',
      rule: 'FREQ=DAILY;COUNT=5',
      time_zone: 'Europe/Berlin',
      ...more,
    }
    const made = await call<BookingSeries>('POST', path, { body, as })
    expect(made.status).toBe(201)
    return made.body
  }
  const change = (id: string, body: object, as = 'anna') =>
    call<BookingSeriesOutlook & Problem>('PATCH', `${path}/${id}`, { body, as })
  const get = async (id: string) => (await call<BookingSeries>('GET', `${path}/${id}`)).body
  const startsOf = async (id: string) => (await get(id)).occurrences.map(({ from }) => from)
  const days = (from: number, to: number, time: string) =>
    Array.from({ length: to - from + 1 }, (_, index) => berlin(from + index, time))
  const audit = async () => (await call<BookingAudit>('GET', '/api/bookings/audit')).body

  it('moves each day of it, in local time, with its text', async () => {
    const car = await addResource()
    // The clocks change on the 28th.
    const series = await repeat(car, { from: berlin(26, '09:00'), to: berlin(26, '11:00') })
    const body = { scope: 'all', start_time: '14:00', duration: 'PT3H', title: 'Afternoons' }
    const changed = await change(series.id, body)
    expect(changed.status).toBe(200)
    expect(changed.body.occurrences.map(({ state }) => state)).toEqual(Array(5).fill('confirmed'))
    const after = await get(series.id)
    expect(after.title).toBe('Afternoons')
    expect(after.occurrences.map(({ from }) => from)).toEqual(days(26, 30, '14:00'))
    expect(after.occurrences.map(({ to }) => to)).toEqual(days(26, 30, '17:00'))
    const taken = await allocationsOf(car)
    expect(taken.map((it) => it.from_datetime)).toEqual(days(26, 30, '14:00'))
    const found = await call<Booking[]>('GET', '/api/bookings?q=afternoons', { as: 'anna' })
    expect(found.body).toHaveLength(5)
    expect(await audit()).toMatchObject({ unbacked: 0, orphaned: 0, rule_broken: 0 })
    // Again: nothing is left to change.
    expect((await change(series.id, body)).status).toBe(200)
  })

  it('is of one day, or this and following', async () => {
    const { id } = await repeat(await addResource())
    await change(id, { scope: 'following', date: '2027-03-04', start_time: '10:00' })
    expect(await startsOf(id)).toEqual([...days(1, 3, '09:00'), ...days(4, 5, '10:00')])
    await change(id, { scope: 'this', date: '2027-03-01', start_time: '08:00', note: 'Early' })
    expect(await startsOf(id)).toEqual([
      berlin(1, '08:00'),
      ...days(2, 3, '09:00'),
      ...days(4, 5, '10:00'),
    ])
    expect(await get(id)).toMatchObject({ note: '' })
    const unnamed = await change(id, { scope: 'this', start_time: '08:00' })
    expect(unnamed).toMatchObject({ status: 422, body: { errors: [{ pointer: '#/date' }] } })
    for (const duration of ['P', 'PT', 'PT0H', '2H']) {
      const none = await change(id, { scope: 'all', duration })
      expect(none).toMatchObject({ status: 422, body: { errors: [{ pointer: '#/duration' }] } })
    }
    const other = { scope: 'this', date: '2027-03-09', start_time: '08:00' }
    expect((await change(id, other)).status).toBe(404)
  })

  it('series_half_lands: changes nothing when one day is taken, and says which', async () => {
    const car = await addResource()
    const { id } = await repeat(car)
    const between = {
      items: [{ resource_id: car }],
      from: berlin(3, '15:00'),
      to: berlin(3, '16:00'),
    }
    const other = await book(between, 'bert')
    const body = { scope: 'all', start_time: '15:00', title: 'Later' }
    const refused = await change(id, body)
    expect(refused).toMatchObject({ status: 409, body: { code: 'not_all_free' } })
    const outlook = await change(id, { ...body, dry_run: true })
    const statesOf = (list: { state: string }[]) => list.map(({ state }) => state)
    const verdicts = statesOf(outlook.body.occurrences)
    const ok = ['confirmed', 'confirmed']
    expect(verdicts).toEqual([...ok, 'refused', ...ok])
    expect(outlook.body.occurrences[2]?.refused).toMatchObject([{ code: 'allocation_overlap' }])
    expect(await startsOf(id)).toEqual(days(1, 5, '09:00'))
    expect((await get(id)).title).toBe('A round')
    const skipped = await change(id, { ...body, on_conflict: 'skip' })
    expect(statesOf(skipped.body.occurrences)).toEqual(verdicts)
    expect(await startsOf(id)).toEqual([
      ...days(1, 2, '15:00'),
      berlin(3, '09:00'),
      ...days(4, 5, '15:00'),
    ])
    expect(other.status).toBe(201)
    expect(await audit()).toMatchObject({ unbacked: 0, orphaned: 0 })
  })

  it('second_client_skips_rule: judges each day, and quotas over all of them', async () => {
    const type = await addType()
    const car = await addResource(type)
    const { id } = await repeat(car)
    const quotas = [{ per: 'week', hours: 12 }]
    const opening_hours = [{ days: ['monday', 'tuesday'], from: '08:00', to: '18:00' }]
    await setPolicy({ type, rules: { time_zone: 'Europe/Berlin', opening_hours } })
    const late = await change(id, { scope: 'all', start_time: '17:00' })
    expect(late).toMatchObject({ status: 422, body: { code: 'policy_refused' } })
    const some = await change(id, { scope: 'all', start_time: '12:00', on_conflict: 'skip' })
    const states = some.body.occurrences.map(({ state }) => state)
    expect(states).toEqual(['confirmed', 'confirmed', 'refused', 'refused', 'refused'])
    await setPolicy({ type, rules: { time_zone: 'Europe/Berlin', quotas } })
    // 10 of 12 hours are booked: another 2 are allowed, but not 5.
    const longer = await change(id, { scope: 'all', duration: 'PT3H' })
    expect(longer.body).toMatchObject({ code: 'policy_refused', rules: [{ rule: 'quotas' }] })
    expect((await change(id, { scope: 'all', duration: 'PT2H24M' })).status).toBe(200)
    expect(await audit()).toMatchObject({ over_quota: 0, unbacked: 0 })
  })

  it('past_conflicts_on_edit: leaves bookings that have begun or ended as they were', async () => {
    const today = Temporal.Now.plainDateISO('Europe/Berlin')
    const start = today
      .subtract({ days: 1 })
      .toPlainDateTime('00:10')
      .toZonedDateTime('Europe/Berlin')
    const from = new Date(start.epochMilliseconds).toISOString()
    const to = new Date(start.epochMilliseconds + 60_000).toISOString()
    const { id, occurrences } = await repeat(await addResource(), { from, to })
    const last = occurrences[4]
    const cancel = { body: { reason: 'Off', scope: 'this', date: last?.date }, as: 'anna' }
    expect((await call('POST', `${path}/${id}/cancel`, cancel)).status).toBe(200)
    expect((await change(id, { scope: 'all', duration: 'PT2M' })).status).toBe(200)
    const after = (await get(id)).occurrences
    expect(after[0]).toEqual(occurrences[0] as never)
    expect(after[4]?.state).toBe('cancelled')
    expect(after[2]?.to).not.toBe(occurrences[2]?.to)
    const date = occurrences[0]?.date
    const over = await change(id, { scope: 'this', date, duration: 'PT2M' })
    expect(over).toMatchObject({ status: 409, body: { code: 'booking_over' } })
  })

  it('keeps the time of individually moved days, unless it is part of the change', async () => {
    const { id, occurrences } = await repeat(await addResource())
    const alone = { body: { from: berlin(2, '06:00'), to: berlin(2, '07:00') }, as: 'anna' }
    const own = `/api/bookings/${occurrences[1]?.booking_id}`
    expect((await call('PATCH', own, alone)).status).toBe(200)
    const body = { scope: 'all', start_time: '13:00', title: 'Noon' }
    await change(id, body)
    expect(await startsOf(id)).toEqual([
      berlin(1, '13:00'),
      berlin(2, '06:00'),
      ...days(3, 5, '13:00'),
    ])
    expect((await call<Booking>('GET', own)).body.title).toBe('Noon')
    await change(id, { ...body, include_moved: true })
    expect(await startsOf(id)).toEqual(days(1, 5, '13:00'))
  })

  it('gives all of it to another person, if the caller may book for them', async () => {
    const car = await addResource()
    const { id } = await repeat(car)
    const bert = await idOf('bert')
    const given = { scope: 'all', booked_for: bert }
    expect((await change(id, given)).status).toBe(403)
    expect((await change(id, given, 'bert')).status).toBe(403)
    expect((await change(id, given, 'admin')).status).toBe(200)
    expect(await get(id)).toMatchObject({ booked_for: bert })
    const mine = await call<Booking[]>('GET', `/api/bookings?mine=true&resource=${car}`, {
      as: 'bert',
    })
    expect(mine.body).toHaveLength(5)
    const held = await allocationsOf(car)
    expect(new Set(held.map(({ booked_for }) => booked_for))).toEqual(new Set([bert]))
    expect((await change(id, { scope: 'all', title: 'Mine' }, 'bert')).status).toBe(200)
  })

  it('overlaps neither itself nor days that stay', async () => {
    const car = await addResource()
    const { id } = await repeat(car, { to: berlin(2, '08:00') })
    const longer = await change(id, { scope: 'all', duration: 'PT25H' })
    expect(longer).toMatchObject({ status: 422, body: { code: 'series_overlaps_itself' } })
    // Each goes where the one before it was.
    expect((await change(id, { scope: 'all', start_time: '20:00' })).status).toBe(200)
    expect(await startsOf(id)).toEqual(days(1, 5, '20:00'))
    expect((await change(id, { scope: 'all', start_time: '01:00' })).status).toBe(200)
    expect(await startsOf(id)).toEqual(days(1, 5, '01:00'))
  })

  it('is for the person of the series, and for managers of the resources', async () => {
    const type = await addType()
    const group = await addGroup('gina')
    const rights = [
      { group: null, may: 'book' },
      { group, may: 'manage' },
    ]
    await setPolicy({ type, rules: { rights } })
    const { id } = await repeat(await addResource(type))
    const body = { scope: 'all', title: 'Another' }
    expect((await change(id, body, 'bert')).status).toBe(403)
    expect((await change(id, body, 'gina')).status).toBe(200)
    const all = await Promise.all(
      Array.from({ length: 6 }, (_, n) => change(id, { scope: 'all', start_time: `1${n}:00` })),
    )
    expect(new Set(all.map(({ status }) => status))).toEqual(new Set([200]))
    const starts = await startsOf(id)
    expect(new Set(starts.map((start) => start.slice(11))).size).toBe(1)
  })

  it('of 400 days is one commit, in time', async () => {
    const car = await addResource()
    const { id } = await repeat(car, { rule: 'FREQ=DAILY;COUNT=400' })
    const changed = await change(id, { scope: 'all', start_time: '10:30', duration: 'PT1H' })
    expect([changed.status, changed.body.detail]).toEqual([200, undefined as never])
    expect(changed.body.occurrences).toHaveLength(400)
    const after = (await get(id)).occurrences
    expect(after.at(-1)?.from.slice(14)).toBe('30:00.000Z')
    expect(await audit()).toMatchObject({ unbacked: 0, orphaned: 0 })
  }, 60_000)
})

describeStores('an interrupted change of a series', (makeDatabase) => {
  const { bookings, send, addCar, allocationsOf, breakAt, beforeNext, book } =
    useSplit(makeDatabase)

  async function repeat(car: string): Promise<BookingSeries> {
    const first = { from: at('09:00'), to: at('11:00') }
    const body = { items: [{ resource_id: car }], ...first, title: 'A round' }
    const rule = { rule: 'FREQ=DAILY;COUNT=3', time_zone: 'UTC' }
    const made = await send<BookingSeries>(bookings(), `POST ${path}`, {
      body: { ...body, ...rule },
    })
    expect(made.status).toBe(201)
    return made.body
  }
  const change = (id: string, body: object) =>
    send<Problem>(bookings(), `PATCH ${path}/${id}`, { body: { scope: 'all', ...body } })
  const startsOf = async (id: string) => {
    const { body } = await send<BookingSeries>(bookings(), `GET ${path}/${id}`, {})
    return body.occurrences.map(({ from }) => from.slice(11, 16))
  }

  for (const when of ['before', 'after'] as const) {
    it(`is completed by the next read, interrupted ${when} inventory moved it`, async () => {
      const car = await addCar()
      const { id } = await repeat(car)
      breakAt({ path: '/api/reservations/move', when })
      expect((await change(id, { start_time: '12:00' })).status).toBe(503)
      breakAt(undefined)
      expect(await startsOf(id)).toEqual(['12:00', '12:00', '12:00'])
      const taken = (await allocationsOf(car)).map((it) => it.from_datetime?.slice(11, 16))
      expect(taken).toEqual(['12:00', '12:00', '12:00'])
    })
  }

  it('is undone as a whole when one day is taken before it is completed', async () => {
    const car = await addCar()
    const { id } = await repeat(car)
    breakAt({ path: '/api/reservations/move', when: 'before' })
    expect((await change(id, { start_time: '12:00', title: 'Later' })).status).toBe(503)
    breakAt(undefined)
    const span = { from: at('13:00', 2), to: at('14:00', 2) }
    expect((await book(car, 'in-between', span)).status).toBe(201)
    expect(await startsOf(id)).toEqual(['09:00', '09:00', '09:00'])
    const { body } = await send<BookingSeries>(bookings(), `GET ${path}/${id}`, {})
    expect(body.title).toBe('A round')
    expect((await change(id, { start_time: '16:00' })).status).toBe(200)
  })

  it('is judged again when somebody takes a day in the meantime', async () => {
    const car = await addCar()
    const { id } = await repeat(car)
    const span = { from: at('13:00', 2), to: at('14:00', 2) }
    beforeNext('/api/reservations/move', () => book(car, 'on-the-way', span))
    const refused = await change(id, { start_time: '12:00' })
    expect(refused).toMatchObject({ status: 409, body: { code: 'not_all_free' } })
    expect(await startsOf(id)).toEqual(['09:00', '09:00', '09:00'])
    beforeNext('/api/reservations/move', () =>
      book(car, 'on-the-way-again', { from: at('17:00', 3), to: at('18:00', 3) }),
    )
    expect((await change(id, { start_time: '16:30', on_conflict: 'skip' })).status).toBe(200)
    expect(await startsOf(id)).toEqual(['16:30', '16:30', '09:00'])
  })
})
