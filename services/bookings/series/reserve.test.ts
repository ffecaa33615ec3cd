import { expect, it } from 'bun:test'
import type {
  BookingSeries,
  BookingSeriesOutlook,
  NewBookingSeries,
} from '../../../shared/schemas/booking-series.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { at, useBookings } from '../fixture.ts'

describeStores('calls of a series to inventory', (makeDatabase) => {
  const { call, addResource, addType, book } = useBookings(makeDatabase)

  const path = '/api/bookings/series'
  const daily = (items: NewBookingSeries['items'], count: number): NewBookingSeries => ({
    items,
    from: at('09:00'),
    to: at('11:00'),
    title: 'A round',
    rule: `FREQ=DAILY;COUNT=${count}`,
    time_zone: 'Europe/Berlin',
  })
  const look = (body: NewBookingSeries) =>
    call<BookingSeriesOutlook>('POST', path, { body: { ...body, dry_run: true }, as: 'anna' })
  const repeat = (body: NewBookingSeries) => call<BookingSeries>('POST', path, { body, as: 'anna' })

  it('are no more for many days than for one', async () => {
    const where = Array.from({ length: 10 }, (_, at) => `seats<${1_000_000_000 + at}`).join(',')
    const one = await look(daily([{ type: 'Car', where }], 400))
    expect(one.status).toBe(200)
    expect(one.body.occurrences).toHaveLength(400)
    const items = Array.from({ length: 20 }, () => ({ type: 'Car', where }))
    expect((await look(daily(items, 20))).status).toBe(200)
  })

  it('never use one alternative for two items', async () => {
    const type = await addType()
    const [first, second] = [await addResource(type), await addResource(type)]
    await book(
      { items: [{ resource_id: second }], from: at('10:00', 2), to: at('12:00', 2) },
      'ben',
    )
    const wanted = daily([{ resource_id: first }, { resource_id: second }], 3)
    const asked = { ...wanted, on_conflict: 'alternative' } as const
    const none = (await look(asked)).body.occurrences
    expect(none.map(({ state }) => state)).toEqual(['confirmed', 'refused', 'confirmed'])
    expect(none[1]).toMatchObject({ resources: [], refused: [{ code: 'none_free' }] })
    const third = await addResource(type)
    const some = (await look(asked)).body.occurrences
    const both = (resources: string[]) => resources.toSorted()
    const days = [[first, second].toSorted(), [first, third].toSorted(), [first, second].toSorted()]
    expect(some.map(({ resources }) => both(resources))).toEqual(days)
    const made = await repeat(asked)
    expect(made.status).toBe(201)
    expect(made.body.occurrences.map(({ resources }) => both(resources))).toEqual(days)
  })

  it('leave out a day that is off its slot grid after a clock change', async () => {
    const type = { name: 'Court of four hours', kind: 'interval', slot_seconds: 4 * 3600 }
    expect((await call('POST', '/api/resource_types', { body: type })).status).toBe(201)
    const court = await addResource(type.name)
    // 9 to 13 in Berlin: from the 28th on, that begins at 7 in UTC.
    const span = { from: at('08:00', 26), to: at('12:00', 26) }
    const wanted = { ...daily([{ resource_id: court }], 4), ...span }
    const refused = await repeat(wanted)
    expect(refused).toMatchObject({ status: 409, body: { code: 'not_all_free' } })
    const { occurrences } = refused.body as unknown as BookingSeriesOutlook
    const off = ['2027-03-28', '2027-03-29']
    expect(occurrences.map(({ date }) => date)).toEqual(off)
    expect(occurrences[0]?.refused).toMatchObject([{ code: 'not_on_slot_grid' }])
    const seen = (await look({ ...wanted, on_conflict: 'skip' })).body.occurrences
    const states = ['confirmed', 'confirmed', 'refused', 'refused']
    expect(seen.map(({ state }) => state)).toEqual(states as never)
    const made = await repeat({ ...wanted, on_conflict: 'skip' })
    expect(made.status).toBe(201)
    const booked = ['confirmed', 'confirmed', 'skipped', 'skipped']
    expect(made.body.occurrences.map(({ state }) => state)).toEqual(booked as never)
    // All of them are off the grid: nothing can be booked.
    const none = { ...wanted, from: at('10:00', 26), to: at('14:00', 26) }
    expect((await repeat({ ...none, on_conflict: 'skip' })).status).toBe(409)
  })

  it('leave out a day that is too close to the one before it', async () => {
    const car = await addResource()
    const buffer = { body: { buffer_after_seconds: 3600 } }
    expect((await call('PATCH', `/api/resources/${car}`, buffer)).status).toBe(200)
    const wanted = { ...daily([{ resource_id: car }], 4), to: at('08:30', 2) }
    const refused = await repeat(wanted)
    expect(refused).toMatchObject({ status: 409, body: { code: 'not_all_free' } })
    const made = await repeat({ ...wanted, on_conflict: 'skip' })
    const booked = ['confirmed', 'skipped', 'confirmed', 'skipped']
    expect(made.body.occurrences.map(({ state }) => state)).toEqual(booked as never)
  })
})
