import { expect, it } from 'bun:test'
import type { Booking } from '../../shared/schemas/booking.ts'
import type { Problem } from '../../shared/schemas/problem.ts'
import { changeByHand } from '../../shared/testing/by-hand.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { at, useBookings } from './fixture.ts'

describeStores('a booking whose move is refused', (makeDatabase) => {
  const { call, system, addResource, book } = useBookings(makeDatabase)

  async function expectRefused(booking: Booking, change: object): Promise<void> {
    const own = `/api/bookings/${booking.id}`
    const refused = await call<Problem>('PATCH', own, { as: 'anna', body: change })
    expect([refused.status, refused.body.code]).toEqual([409, 'not_all_free'])
    const { status, body } = await call<Booking>('GET', own, { as: 'anna' })
    expect([status, body.from, body.to]).toEqual([200, booking.from, booking.to])
    expect(body.items).toEqual(booking.items)
    const cancelled = await call('POST', `${own}/cancel`, { as: 'anna', body: { reason: 'Ill' } })
    expect(cancelled.status).toBe(200)
  }

  it('can be used as before when the time is not on the slots of its type', async () => {
    const type = { name: 'Court', kind: 'interval', slot_seconds: 3600 }
    expect((await call('POST', '/api/resource_types', { body: type })).status).toBe(201)
    const { body } = await book({ items: [{ resource_id: await addResource('Court') }] })
    await expectRefused(body, { to: at('11:30') })
  })

  it('can be used as before when its resources were to change places', async () => {
    const [one, other] = [await addResource(), await addResource()]
    const { body } = await book({ items: [{ resource_id: one }, { resource_id: other }] })
    const swap = body.items.map(({ allocation_id, resource_id }) => {
      return { allocation_id, resource_id: resource_id === one ? other : one }
    })
    await expectRefused(body, { swap })
  })

  it('can be used as before when it keeps the buffers of former days', async () => {
    const car = await addResource()
    const setBuffer = (buffer_after_seconds: number) =>
      call('PATCH', `/api/resources/${car}`, { body: { buffer_after_seconds } })
    await setBuffer(3600)
    const { body } = await book({ items: [{ resource_id: car }] })
    await setBuffer(0)
    const next = { items: [{ resource_id: car }], from: at('13:00'), to: at('14:00') }
    expect((await book(next, 'bert')).status).toBe(201)
    await expectRefused(body, { to: at('12:30') })
  })

  it('can be used as before when a hold has ended there, and somebody waits for it', async () => {
    const car = await addResource()
    const { body } = await book({ items: [{ resource_id: car }] })
    const path = `/api/resources/${car}/allocations`
    const times = { from_datetime: at('11:00'), to_datetime: at('12:00') }
    const hold = { ...times, hold_for: 'PT5M' }
    expect((await call('POST', path, { as: 'bert', body: hold })).status).toBe(201)
    const wait = { resource_id: car, ...times, on_free: 'book' }
    expect((await call('POST', '/api/waitlist', { as: 'carl', body: wait })).status).toBe(201)
    const url = system().databaseUrlOf('inventory')
    const past = url.startsWith('sqlite:') ? '1000' : "'2020-01-01T00:00:00Z'"
    const end = `UPDATE allocations SET held_until = ${past} WHERE held_until IS NOT NULL`
    await changeByHand(url, end)
    await expectRefused(body, { to: at('12:00') })
  })
})
