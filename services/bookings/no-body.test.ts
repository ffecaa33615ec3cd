import { expect, it } from 'bun:test'
import type { Booking } from '../../shared/schemas/booking.ts'
import type { BookingSeries } from '../../shared/schemas/booking-series.ts'
import type { FileLink } from '../../shared/schemas/file.ts'
import type { Group } from '../../shared/schemas/group.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { at, useBookings } from './fixture.ts'
import { useHandovers } from './handover/fixture.ts'

describeStores('a request without content', (makeDatabase) => {
  const tools = useBookings(makeDatabase)
  const { call, addResource, book, idOf } = tools
  const { bookNow, addPhoto } = useHandovers(tools)
  const post = <T>(path: string, as = 'anna') => call<T>('POST', path, { as })

  it('needs no body to cancel', async () => {
    const { body } = await book({ items: [{ resource_id: await addResource() }] })
    const path = `/api/bookings/${body.id}/cancel`
    expect(await post<Booking>(path)).toMatchObject({
      status: 200,
      body: { state: 'cancelled', reason: null },
    })
    expect((await call('POST', path, { as: 'anna', body: { reason: '' } })).status).toBe(422)
    expect((await call('POST', path, { as: 'anna', body: { why: 'x' } })).status).toBe(422)
    for (const none of ['"late"', 'null', 7, true, []]) {
      expect((await call('POST', path, { as: 'anna', body: none })).status).toBe(422)
    }
    const times = { from: at('09:00'), to: at('11:00'), time_zone: 'UTC', title: 'A round' }
    const items = [{ resource_id: await addResource() }]
    const made = await call<BookingSeries>('POST', '/api/bookings/series', {
      as: 'anna',
      body: { items, ...times, rule: 'FREQ=DAILY;COUNT=2' },
    })
    const all = { as: 'anna', body: { scope: 'all' } }
    const gone = await call<BookingSeries>(
      'POST',
      `/api/bookings/series/${made.body.id}/cancel`,
      all,
    )
    expect([gone.status, gone.body.occurrences.map(({ state }) => state)]).toEqual([
      200,
      ['cancelled', 'cancelled'],
    ])
  })

  it('needs no body to check out and return', async () => {
    const { id } = await bookNow([await addResource()])
    for (const [step, state] of [
      ['check_out', 'checked_out'],
      ['return', 'returned'],
    ]) {
      const done = await post<Booking>(`/api/bookings/${id}/${step}`)
      expect([done.status, done.body.state]).toEqual([200, state] as never)
    }
  })

  it('needs no body to mark all as read, add a group member, or share a file', async () => {
    expect(await post('/api/notifications/read')).toMatchObject({
      status: 200,
      body: { unread: 0 },
    })
    const { body } = await call<Group>('POST', '/api/groups', { body: { name: 'Drivers' } })
    const member = `/api/groups/${body.id}/members/${await idOf('anna')}`
    expect((await call('PUT', member)).status).toBe(204)
    const link = await post<FileLink>(`/api/files/${await addPhoto()}/links`)
    expect(link.body.url).toStartWith('/api/')
  })
})
