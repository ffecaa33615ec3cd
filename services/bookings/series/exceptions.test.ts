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

type Answer = BookingSeries & Omit<Problem, 'title'>

describeStores('days that a series leaves out', (makeDatabase) => {
  const tools = useBookings(makeDatabase)
  const { call, addResource, addType, book, allocationsOf, setPolicy } = tools

  const path = '/api/bookings/series'
  const daily = (resource_id: string, exceptions: string[]): NewBookingSeries => ({
    items: [{ resource_id }],
    from: at('09:00'),
    to: at('11:00'),
    title: 'A round',
    rule: 'FREQ=DAILY;COUNT=4',
    time_zone: 'Europe/Berlin',
    exceptions,
  })
  const repeat = (body: NewBookingSeries, headers = {}) =>
    call<Answer>('POST', path, { body, as: 'anna', headers })
  const dates = ['2027-03-01', '2027-03-02', '2027-03-03', '2027-03-04'] as const

  it('are skipped from the start, and can be booked later', async () => {
    const car = await addResource()
    const headers = { 'idempotency-key': 'exceptions-1' }
    const { status, body } = await repeat(daily(car, [dates[1]]), headers)
    expect(status).toBe(201)
    expect(body.occurrences.map(({ date, state }) => [date, state])).toEqual([
      [dates[0], 'confirmed'],
      [dates[1], 'skipped'],
      [dates[2], 'confirmed'],
      [dates[3], 'confirmed'],
    ])
    expect((await call('GET', `${path}/${body.id}`, { as: 'anna' })).body).toEqual(body)
    expect(await allocationsOf(car)).toHaveLength(3)
    // A retry gets the same response, and creates nothing.
    expect((await repeat(daily(car, [dates[1]]), headers)).body).toEqual(body)
    expect(await allocationsOf(car)).toHaveLength(3)
    const again = { body: { date: dates[1] }, as: 'anna' }
    const made = await call<Booking>('POST', `${path}/${body.id}/occurrences`, again)
    expect([made.status, made.body.from]).toEqual([201, at('09:00', 2)])
  })

  it('block nothing: neither taken times on them nor a quota count', async () => {
    const type = await addType()
    const car = await addResource(type)
    const items = [{ resource_id: car }]
    await book({ items, from: at('10:00', 2), to: at('12:00', 2) }, 'ben')
    expect((await repeat(daily(car, []))).status).toBe(409)
    await setPolicy({ type, rules: { quotas: [{ per: 'month', count: 3 }] } })
    const look = { ...daily(car, [dates[1]]), dry_run: true }
    const seen = await call<BookingSeriesOutlook>('POST', path, { body: look, as: 'anna' })
    expect(seen.body.occurrences.map(({ date, state }) => [date, state])).toEqual(
      [dates[0], dates[2], dates[3]].map((date) => [date, 'confirmed']),
    )
    expect(await allocationsOf(car)).toHaveLength(1)
    expect((await repeat(daily(car, [dates[1]]))).status).toBe(201)
    expect(await allocationsOf(car)).toHaveLength(4)
  })

  it('must be days of it, but not all of them', async () => {
    const car = await addResource()
    const faults: [string[], string][] = [
      [[dates[0], '2027-03-05'], '#/exceptions/1'],
      [['1 March'], '#/exceptions/0'],
      [[...dates], '#/exceptions'],
    ]
    for (const [exceptions, pointer] of faults) {
      const { status, body } = await repeat(daily(car, exceptions))
      expect([status, body.errors?.[0]?.pointer]).toEqual([422, pointer])
    }
    expect(await allocationsOf(car)).toEqual([])
  })
})
