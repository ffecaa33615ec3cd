import { expect, it } from 'bun:test'
import type { Booking } from '../../../shared/schemas/booking.ts'
import type { BookingSeries, BookingSeriesOutlook } from '../../../shared/schemas/booking-series.ts'
import type { Problem } from '../../../shared/schemas/problem.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { at, useBookings } from '../fixture.ts'

const path = '/api/bookings/series'

describeStores('a day of a series that is given to somebody else', (makeDatabase) => {
  const tools = useBookings(makeDatabase)
  const { call, addResource, addType, addGroup, allocationsOf, idOf, setPolicy } = tools

  /** Four days of anna's, of a type that manu manages. */
  async function repeat() {
    const type = await addType()
    const rights = [
      { group: null, may: 'book' },
      { group: await addGroup('manu'), may: 'manage' },
    ]
    await setPolicy({ type, rules: { time_zone: 'UTC', rights } })
    const car = await addResource(type)
    const body = {
      items: [{ resource_id: car }],
      from: at('09:00'),
      to: at('11:00'),
      title: 'A round',
      rule: 'FREQ=DAILY;COUNT=4',
      time_zone: 'UTC',
    }
    const made = await call<BookingSeries>('POST', path, { body, as: 'anna' })
    expect(made.status).toBe(201)
    const ids = made.body.occurrences.map(({ booking_id }) => booking_id ?? '')
    const dates = made.body.occurrences.map(({ date }) => date)
    return { car, id: made.body.id, ids, dates, ben: await idOf('ben') }
  }
  const change = (id: string, body: object, as = 'anna') =>
    call<BookingSeriesOutlook & Problem>('PATCH', `${path}/${id}`, { body, as })
  const cancel = (id: string, body: object, as = 'anna') =>
    call<BookingSeries & Problem>('POST', `${path}/${id}/cancel`, { body, as })
  const give = async (id: string | undefined, booked_for: string) => {
    const given = await call('PATCH', `/api/bookings/${id}`, { as: 'manu', body: { booked_for } })
    expect(given.status).toBe(200)
  }
  const read = async (id = '') => (await call<Booking>('GET', `/api/bookings/${id}`)).body

  it('is left out when its former person changes or cancels the series', async () => {
    const { id, ids, dates, ben } = await repeat()
    await give(ids[1], ben)
    const his = await read(ids[1])
    const body = { scope: 'all', title: 'Later', start_time: '12:00' }
    const outlook = await change(id, { ...body, dry_run: true })
    const changed = await change(id, body)
    const [first, second, third, fourth] = dates
    for (const { status, body: shown } of [outlook, changed]) {
      expect(status).toBe(200)
      expect(shown.occurrences.map(({ date }) => date)).toEqual([first, third, fourth] as string[])
    }
    expect(await read(ids[1])).toEqual(his)
    const daysFor = async (as: string) => {
      const { body: seen } = await call<BookingSeries>('GET', `${path}/${id}`, { as })
      return seen.occurrences.map(({ date }) => date)
    }
    expect(await daysFor('anna')).toEqual([first, third, fourth] as string[])
    for (const as of ['manu', 'admin']) expect(await daysFor(as)).toEqual(dates)
    expect(await read(ids[0])).toMatchObject({ title: 'Later', from: at('12:00') })
    for (const scope of ['following', 'all']) {
      const named = { scope, date: second, reason: 'Off' }
      expect((await cancel(id, named)).status).toBe(200)
      expect(await read(ids[1])).toEqual(his)
    }
    const states = await Promise.all(ids.map(async (one) => (await read(one)).state))
    expect(states).toEqual(['cancelled', 'confirmed', 'cancelled', 'cancelled'])
  })

  it('is refused when it is all that is asked for', async () => {
    const { id, ids, dates, ben } = await repeat()
    await give(ids[1], ben)
    const his = await read(ids[1])
    const named = { scope: 'this', date: dates[1] }
    expect((await change(id, { ...named, title: 'Mine' })).status).toBe(403)
    expect((await cancel(id, { ...named, reason: 'Off' })).status).toBe(403)
    for (const one of [ids[0], ids[2], ids[3]]) await give(one, ben)
    expect((await change(id, { scope: 'all', title: 'Mine' })).status).toBe(403)
    expect((await cancel(id, { scope: 'all', reason: 'Off' })).status).toBe(403)
    expect(await read(ids[1])).toEqual(his)
    // A manager's change is of all days.
    const all = await change(id, { scope: 'all', title: 'Ours' }, 'manu')
    expect(all.body.occurrences).toHaveLength(4)
  })

  it('still has its time: no other day moves onto it', async () => {
    const { id, ids, dates, ben } = await repeat()
    await give(ids[1], ben)
    const longer = await change(id, { scope: 'this', date: dates[0], duration: 'PT25H' })
    expect(longer).toMatchObject({ status: 422, body: { code: 'series_overlaps_itself' } })
  })

  it('is out of reach for its former person, also when given through the series', async () => {
    const { car, id, ids, dates, ben } = await repeat()
    const named = { scope: 'this', date: dates[1], booked_for: ben }
    expect((await change(id, named, 'manu')).status).toBe(200)
    expect(await read(ids[1])).toMatchObject({ booked_for: ben, created_by: ben })
    const own = `/api/bookings/${ids[1]}`
    expect((await call('GET', own, { as: 'anna' })).status).toBe(403)
    expect((await call('POST', `${own}/cancel`, { as: 'anna' })).status).toBe(403)
    // All of it: including the day that he has already.
    expect((await change(id, { scope: 'all', booked_for: ben }, 'manu')).status).toBe(200)
    for (const one of ids) {
      expect(await read(one)).toMatchObject({ booked_for: ben, created_by: ben })
    }
    const people = (await allocationsOf(car)).map(({ booked_for }) => booked_for)
    expect(people).toEqual([ben, ben, ben, ben])
    expect((await call('GET', `${path}/${id}`, { as: 'anna' })).status).toBe(403)
    const found = await call<BookingSeries>('GET', `${path}/${id}`, { as: 'ben' })
    expect(found).toMatchObject({ status: 200, body: { booked_for: ben, created_by: ben } })
  })
})
