import { expect, it } from 'bun:test'
import type {
  BookingSeries,
  BookingSeriesOutlook,
  NewBookingSeries,
} from '../../../shared/schemas/booking-series.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { at, useBookings } from '../fixture.ts'

describeStores('what a series asks of the inventory', (makeDatabase) => {
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

  it('is no more for many days than for one', async () => {
    const where = Array.from({ length: 10 }, (_, at) => `seats<${1_000_000_000 + at}`).join(',')
    const one = await look(daily([{ type: 'Car', where }], 400))
    expect(one.status).toBe(200)
    expect(one.body.occurrences).toHaveLength(400)
    const items = Array.from({ length: 20 }, () => ({ type: 'Car', where }))
    expect((await look(daily(items, 20))).status).toBe(200)
  })

  it('never is one alternative for two', async () => {
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
})
