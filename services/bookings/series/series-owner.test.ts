import { expect, it } from 'bun:test'
import type { Booking } from '../../../shared/schemas/booking.ts'
import type { BookingSeries } from '../../../shared/schemas/booking-series.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { at, useBookings } from '../fixture.ts'

const path = '/api/bookings/series'

describeStores('the person of a series', (makeDatabase) => {
  const tools = useBookings(makeDatabase)
  const { call, addResource, addType, addGroup, book, setPolicy, idOf, system } = tools

  it('is not the user who booked its last day', async () => {
    const type = await addType()
    const [room, group] = [await addResource(type), await addGroup('manu')]
    const rights = [
      { group: null, may: 'book' },
      { group, may: 'manage' },
    ]
    await setPolicy({ type, rules: { time_zone: 'Europe/Berlin', rights } })
    const items = [{ resource_id: room }]
    const other = await book({ items, from: at('10:00', 3), to: at('12:00', 3) }, 'ben')
    const { body: series } = await call<BookingSeries>('POST', path, {
      body: {
        items,
        from: at('09:00'),
        to: at('11:00'),
        title: 'A round',
        rule: 'FREQ=DAILY;COUNT=3',
        time_zone: 'Europe/Berlin',
        on_conflict: 'skip',
      },
      as: 'anna',
    })
    const own = `${path}/${series.id}`
    const cancel = (as: string, body: object) =>
      call<BookingSeries>('POST', `${own}/cancel`, { body: { reason: 'Off', ...body }, as })
    const again = (as: string, date: string) =>
      call<Booking>('POST', `${own}/occurrences`, { body: { date }, as })

    const off = { body: { reason: 'Off' }, as: 'ben' }
    expect((await call('POST', `/api/bookings/${other.body.id}/cancel`, off)).status).toBe(200)
    const last = await again('manu', '2027-03-03')
    expect([last.status, last.body.booked_for]).toEqual([201, await idOf('anna')])
    const words = { body: { title: 'Another title' }, as: 'anna' }
    expect((await call('PATCH', `/api/bookings/${last.body.id}`, words)).status).toBe(200)
    const member = `/api/groups/${group}/members/${await idOf('manu')}`
    expect((await call('DELETE', member)).status).toBe(204)
    await system().refresh()

    expect((await call('GET', own, { as: 'manu' })).status).toBe(403)
    expect((await cancel('manu', { scope: 'all' })).status).toBe(403)
    expect((await call('GET', own, { as: 'anna' })).status).toBe(200)
    expect((await cancel('anna', { scope: 'this', date: '2027-03-02' })).status).toBe(200)
    expect((await again('anna', '2027-03-02')).body.title).toBe('A round')
  })

  it('stays when its first booking is given to somebody else', async () => {
    const room = await addResource()
    const { body: series } = await call<BookingSeries>('POST', path, {
      body: {
        items: [{ resource_id: room }],
        from: at('09:00', 8),
        to: at('11:00', 8),
        title: 'A round',
        rule: 'FREQ=DAILY;COUNT=3',
        time_zone: 'Europe/Berlin',
      },
      as: 'anna',
    })
    const own = `${path}/${series.id}`
    const [ben, anna] = [await idOf('ben'), await idOf('anna')]
    const first = series.occurrences[0]?.booking_id
    const chosen = { to: ben, bookings: [first] }
    const { status } = await call('POST', `/api/users/${anna}/hand_over`, { body: chosen })
    expect(status).toBe(200)
    const given = (await call<Booking>('GET', `/api/bookings/${first}`)).body
    expect(given.booked_for).toBe(ben)
    expect((await call('GET', own, { as: 'ben' })).status).toBe(403)
    const read = await call<BookingSeries>('GET', own, { as: 'anna' })
    expect(read).toMatchObject({ status: 200, body: { booked_for: anna, title: 'A round' } })
    // Handing over all bookings includes the series.
    const all = { body: { to: ben, bookings: true } }
    expect((await call('POST', `/api/users/${anna}/hand_over`, all)).status).toBe(200)
    expect((await call('GET', own, { as: 'ben' })).status).toBe(200)
    expect((await call('GET', own, { as: 'anna' })).status).toBe(403)
  })
})
