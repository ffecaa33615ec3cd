import { expect, it } from 'bun:test'
import type { Booking } from '../../shared/schemas/booking.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { at, useBookings } from './fixture.ts'

describeStores('quotas', (makeDatabase) => {
  const { call, addResource, addType, book, setPolicy } = useBookings(makeDatabase)

  async function addRoom(rules: object, count = 1) {
    const type = await addType()
    await setPolicy({ type, rules: { time_zone: 'UTC', ...rules } })
    for (let made = 0; made < count; made++) await addResource(type)
    return type
  }

  it('are never exceeded: 200 small bookings at once (many_small_beat_quota)', async () => {
    const type = await addRoom({ quotas: [{ per: 'day', hours: 5 }] }, 40)
    const small = (index: number) =>
      book({
        items: [{ type }],
        from: at(`0${(index % 9) + 1}:00`),
        to: at(`0${(index % 9) + 1}:30`),
      })
    const all = await Promise.all(Array.from({ length: 200 }, (_, index) => small(index)))
    const statuses = Map.groupBy(all, ({ status }) => status)
    expect(statuses.get(201)).toHaveLength(10)
    expect(statuses.get(422)).toHaveLength(190)
    expect(statuses.get(422)?.[0]?.body).toMatchObject({
      code: 'policy_refused',
      rules: [
        {
          rule: 'quotas',
          detail: 'You may have at most 5 hours a day, including what you have booked.',
        },
      ],
    })
    const { body } = await call<Booking[]>('GET', '/api/bookings?limit=200', { as: 'anna' })
    expect(body.filter((it) => it.items[0]?.resource_type === type)).toHaveLength(10)
    // Another user has their own hours.
    expect((await book({ items: [{ type }] }, 'bert')).status).toBe(201)
  }, 60_000)

  it('count current bookings: not cancelled ones, and moved ones at their new time', async () => {
    const type = await addRoom({ quotas: [{ per: 'week', hours: 4 }] }, 2)
    const first = await book({ items: [{ type }] })
    const second = await book({ items: [{ type }], from: at('12:00'), to: at('14:00') })
    expect([first.status, second.status]).toEqual([201, 201])
    expect((await book({ items: [{ type }], from: at('15:00'), to: at('16:00') })).status).toBe(422)
    const change = (body: object) =>
      call('PATCH', `/api/bookings/${second.body.id}`, { as: 'anna', body })
    expect((await change({ to: at('14:30') })).status).toBe(422)
    expect((await change({ from: at('13:00'), to: at('15:00') })).status).toBe(200)
    expect((await change({ from: at('13:00', 8), to: at('15:00', 8) })).status).toBe(200)
    expect((await book({ items: [{ type }], from: at('15:00'), to: at('17:00') })).status).toBe(201)
    expect((await change({ from: at('18:00'), to: at('20:00') })).status).toBe(422)
    await call('POST', `/api/bookings/${first.body.id}/cancel`, {
      as: 'anna',
      body: { reason: 'Done' },
    })
    expect((await change({ from: at('18:00'), to: at('20:00') })).status).toBe(200)
  })

  it('count resources by the month of their start, all of one booking together', async () => {
    const type = await addRoom({ quotas: [{ per: 'month', count: 3 }] }, 5)
    expect((await book({ items: [{ type, count: 2 }] })).status).toBe(201)
    const both = { items: [{ type, count: 2 }], from: at('09:00', 9), to: at('10:00', 9) }
    expect((await book(both)).status).toBe(422)
    expect((await book({ ...both, dry_run: true })).status).toBe(422)
    expect((await book({ ...both, items: [{ type }] })).status).toBe(201)
    const april = { from: '2027-04-01T00:00:00Z', to: '2027-04-01T01:00:00Z' }
    expect((await book({ items: [{ type, count: 3 }], ...april })).status).toBe(201)
  })

  it('count how many there are at any one moment, not in total', async () => {
    const type = await addRoom({ quotas: [{ per: 'moment', count: 2 }] }, 5)
    const take = (from: string, to: string) =>
      book({ items: [{ type }], from: at(from), to: at(to) })
    expect((await take('08:00', '10:00')).status).toBe(201)
    expect((await take('10:00', '12:00')).status).toBe(201)
    expect((await take('09:00', '11:00')).status).toBe(201)
    expect((await take('08:00', '12:00')).status).toBe(422)
    expect((await take('09:59', '10:00')).status).toBe(422)
    expect((await take('11:00', '12:00')).status).toBe(201)
    expect((await take('11:30', '13:00')).status).toBe(422)
  })
})
