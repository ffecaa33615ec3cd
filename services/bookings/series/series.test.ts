import { expect, it } from 'bun:test'
import type { Booking } from '../../../shared/schemas/booking.ts'
import type {
  BookingSeries,
  BookingSeriesOutlook,
  NewBookingSeries,
} from '../../../shared/schemas/booking-series.ts'
import type { Problem } from '../../../shared/schemas/problem.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { at, useBookings } from '../fixture.ts'
import { day_ms } from '../../../shared/duration.ts'

type Answer = BookingSeries & Omit<Problem, 'title'> & { occurrences: { refused?: object[] }[] }

describeStores('series', (makeDatabase) => {
  const { call, addResource, addType, book, allocationsOf } = useBookings(makeDatabase)

  const path = '/api/bookings/series'
  const daily = (resource_id: string, count = 5) => ({
    items: [{ resource_id }],
    from: at('09:00'),
    to: at('11:00'),
    title: 'A round',
    rule: `FREQ=DAILY;COUNT=${count}`,
    time_zone: 'Europe/Berlin',
  })
  const repeat = (body: NewBookingSeries, headers = {}, as = 'anna') =>
    call<Answer>('POST', path, { body, as, headers })
  const cancel = (id: string, body: object, as = 'anna') =>
    call<Answer>('POST', `${path}/${id}/cancel`, { body: { reason: 'Off', ...body }, as })
  const again = (id: string, body: object, as = 'anna') =>
    call<Booking & Problem>('POST', `${path}/${id}/occurrences`, { body, as })
  const statesOf = (series: BookingSeries) => series.occurrences.map(({ state }) => state)
  const take = (resource_id: string, day: number, as = 'ben') =>
    book({ items: [{ resource_id }], from: at('10:00', day), to: at('12:00', day) }, as)

  it('books each day as a booking', async () => {
    const car = await addResource()
    const { status, body, headers } = await repeat(daily(car))
    expect(status).toBe(201)
    expect(statesOf(body)).toEqual(Array.from({ length: 5 }, () => 'confirmed'))
    expect(headers.get('location')).toBe(`${path}/${body.id}`)
    const [first] = body.occurrences
    const one = await call<Booking>('GET', `/api/bookings/${first?.booking_id}`, { as: 'anna' })
    expect(one.body).toMatchObject({ series_id: body.id, from: at('09:00'), title: 'A round' })
    expect(await allocationsOf(car)).toMatchObject(
      body.occurrences.map(({ from, to }) => {
        return { from_datetime: from, to_datetime: to, status: 'confirmed' }
      }),
    )
    expect((await call(`GET`, `${path}/${body.id}`, { as: 'anna' })).body).toEqual(body)
  })

  it('books none if its third day is taken (third_occurrence_conflicts)', async () => {
    const car = await addResource()
    await take(car, 3)
    const { status, body } = await repeat(daily(car))
    expect([status, body.code]).toEqual([409, 'not_all_free'])
    expect(body.occurrences).toMatchObject([
      { date: '2027-03-03', refused: [{ item: 0, code: 'allocation_overlap' }] },
    ])
    expect(body.detail).toContain('2027-03-03')
    expect(await allocationsOf(car)).toHaveLength(1)
  })

  it('skips taken days, and names them', async () => {
    const car = await addResource()
    await take(car, 3)
    const { status, body } = await repeat({ ...daily(car), on_conflict: 'skip' })
    expect(status).toBe(201)
    expect(statesOf(body)).toEqual(['confirmed', 'confirmed', 'skipped', 'confirmed', 'confirmed'])
    expect(body.occurrences[2]).toMatchObject({ date: '2027-03-03', booking_id: null })
    expect(await allocationsOf(car)).toHaveLength(5)
  })

  it('skips a day if one resource is taken, and keeps none of the others', async () => {
    const [car, van] = [await addResource(), await addResource('Truck')]
    await take(van, 2)
    const items = [{ resource_id: car }, { resource_id: van }]
    const { body } = await repeat({ ...daily(car, 3), items, on_conflict: 'skip' })
    expect(statesOf(body)).toEqual(['confirmed', 'skipped', 'confirmed'])
    expect(body.occurrences[0]?.resources.toSorted()).toEqual([car, van].toSorted())
    expect(await allocationsOf(car)).toHaveLength(2)
  })

  it('takes another of the type if the preferred one is taken', async () => {
    const type = await addType()
    const [wanted, other] = [await addResource(type), await addResource(type)]
    for (const [resource, day] of [
      [wanted, 2],
      [wanted, 4],
      [other, 4],
    ] as const) {
      await take(resource, day)
    }
    const { body } = await repeat({ ...daily(wanted), on_conflict: 'alternative' })
    expect(body.occurrences.map(({ resources }) => resources)).toEqual([
      [wanted],
      [other],
      [wanted],
      [],
      [wanted],
    ])
  })

  it('judges each day in a dry run, and books nothing', async () => {
    const type = await addType()
    const [wanted, other] = [await addResource(type), await addResource(type)]
    await take(wanted, 2)
    const look = async (more: object) =>
      call<BookingSeriesOutlook>('POST', path, {
        body: { ...daily(wanted, 3), dry_run: true, ...more },
        as: 'anna',
      })
    const { status, body } = await look({})
    expect(status).toBe(200)
    expect(body.occurrences.map((one) => [one.state, one.resources, one.refused.length])).toEqual([
      ['confirmed', [wanted], 0],
      ['refused', [], 1],
      ['confirmed', [wanted], 0],
    ])
    const second = (await look({ on_conflict: 'alternative' })).body.occurrences[1]
    expect(second).toMatchObject({ state: 'confirmed', resources: [other], refused: [] })
    expect(await allocationsOf(wanted)).toHaveLength(1)
  })

  it('is made once however often it is sent with one key', async () => {
    const car = await addResource()
    const key = { 'idempotency-key': `series-${car}` }
    const answers = await Promise.all(Array.from({ length: 4 }, () => repeat(daily(car), key)))
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1)
    expect(answers.every(({ status }) => status === 201)).toBe(true)
    expect(await allocationsOf(car)).toHaveLength(5)
  })

  it('gives all days to one of two that want the same (series_half_lands)', async () => {
    const car = await addResource()
    const backwards = { ...daily(car, 3), from: at('10:00', 3), to: at('11:00', 3) }
    const answers = await Promise.all([repeat(daily(car, 5)), repeat(backwards, {}, 'ben')])
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409])
    const won = answers.find(({ status }) => status === 201)?.body.occurrences ?? []
    expect(await allocationsOf(car)).toHaveLength(won.length)
  })

  it('books 400 days, and not one more', async () => {
    const car = await addResource()
    expect((await repeat(daily(car, 400))).status).toBe(201)
    expect((await allocationsOf(car)).every(({ status }) => status === 'confirmed')).toBe(true)
    const two = [{ resource_id: car }, { type: 'Truck' }]
    const more = await repeat({ ...daily(car, 201), items: two })
    expect([more.status, more.body.detail]).toEqual([422, expect.stringContaining('at most 400')])
  })

  it('never overlaps itself (series_overlaps_itself)', async () => {
    const car = await addResource()
    const { status, body } = await repeat({ ...daily(car), to: at('10:00', 2) })
    expect([status, body.code]).toEqual([422, 'series_overlaps_itself'])
    expect(await allocationsOf(car)).toEqual([])
  })

  it('is cancelled for a day, from a day on, or completely', async () => {
    const car = await addResource()
    const { id } = (await repeat(daily(car))).body
    const one = await cancel(id, { scope: 'this', date: '2027-03-02' })
    expect(statesOf(one.body)[1]).toBe('cancelled')
    expect(await allocationsOf(car)).toHaveLength(4)
    const following = await cancel(id, { scope: 'following', date: '2027-03-04' })
    expect(statesOf(following.body).map((state) => state === 'cancelled')).toEqual([
      false,
      true,
      false,
      true,
      true,
    ])
    expect(await allocationsOf(car)).toHaveLength(2)
    expect((await cancel(id, { scope: 'all' })).status).toBe(200)
    expect((await cancel(id, { scope: 'all' })).status).toBe(200)
    expect(await allocationsOf(car)).toEqual([])
    expect((await cancel(id, { scope: 'this' })).status).toBe(422)
    expect((await cancel(id, { scope: 'this', date: '2027-04-01' })).status).toBe(404)
  })

  it('books a skipped or cancelled day later, once (skipped_day_readded)', async () => {
    const car = await addResource()
    const other = (await take(car, 2)).body
    const { id } = (await repeat({ ...daily(car, 3), on_conflict: 'skip' })).body
    expect((await again(id, { date: '2027-03-02' })).body.code).toBe('not_all_free')
    const reason = { reason: 'Off' }
    await call('POST', `/api/bookings/${other.id}/cancel`, { body: reason, as: 'ben' })
    const answers = await Promise.all([1, 2].map(() => again(id, { date: '2027-03-02' })))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409])
    const made = answers.find(({ status }) => status === 201)
    expect(made?.body).toMatchObject({ series_id: id, from: at('09:00', 2), title: 'A round' })
    expect(made?.headers.get('location')).toBe(`/api/bookings/${made?.body.id}`)
    expect((await again(id, { date: '2027-03-02' })).body.code).toBe('occurrence_booked')
    await cancel(id, { scope: 'this', date: '2027-03-03' })
    expect((await again(id, { date: '2027-03-03' })).status).toBe(201)
    const series = await call<BookingSeries>('GET', `${path}/${id}`, { as: 'anna' })
    expect(statesOf(series.body)).toEqual(['confirmed', 'confirmed', 'confirmed'])
    expect(await allocationsOf(car)).toHaveLength(3)
  })

  it('leaves past bookings as they were (past_conflicts_on_edit)', async () => {
    const car = await addResource()
    const now = Date.now()
    const from = new Date(now - 2.5 * day_ms).toISOString()
    const to = new Date(now - 2.4 * day_ms).toISOString()
    const { body } = await repeat({ ...daily(car), from, to, time_zone: 'UTC' })
    const [first] = body.occurrences
    const { status } = await cancel(body.id, { scope: 'all' })
    expect(status).toBe(200)
    const states = statesOf((await cancel(body.id, { scope: 'all' })).body)
    expect(states).toEqual(['confirmed', 'confirmed', 'confirmed', 'cancelled', 'cancelled'])
    const past = await cancel(body.id, { scope: 'this', date: first?.date })
    expect([past.status, past.body.code]).toEqual([409, 'booking_over'])
    expect((await again(body.id, { date: first?.date })).status).toBe(409)
    expect(await allocationsOf(car)).toHaveLength(3)
  })

  it('is not visible to others', async () => {
    const car = await addResource()
    const { id } = (await repeat(daily(car, 2))).body
    expect((await call('GET', `${path}/${id}`, { as: 'ben' })).status).toBe(403)
    expect((await cancel(id, { scope: 'all' }, 'ben')).status).toBe(403)
    expect((await again(id, { date: '2027-03-02' }, 'ben')).status).toBe(403)
    const missing = '01a1fe45-0000-7000-8000-000000000000'
    expect((await call('GET', `${path}/${missing}`, { as: 'anna' })).status).toBe(404)
    const none = await repeat({ ...daily(missing, 2), on_conflict: 'skip' })
    expect([none.status, none.body.code]).toEqual([409, 'not_all_free'])
  })
})
