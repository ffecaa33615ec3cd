import { expect, it } from 'bun:test'
import type { Booking } from '../../shared/schemas/booking.ts'
import type { Problem } from '../../shared/schemas/problem.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { at, useBookings } from './fixture.ts'

const path = '/api/bookings'

describeStores('bookings that change', (makeDatabase) => {
  const { call, addResource, addType, book, allocationsOf } = useBookings(makeDatabase)

  it('move, shrink and grow over their own time, and swap the car', async () => {
    const [car, other] = [await addResource(), await addResource()]
    const { body } = await book({ items: [{ resource_id: car }] })
    const change = (changes: object, headers = {}) =>
      call<Booking & Problem>('PATCH', `${path}/${body.id}`, { as: 'anna', body: changes, headers })
    const [allocation_id = ''] = body.items.map((item) => item.allocation_id)
    expect(await change({ from: at('10:00'), to: at('12:00') })).toMatchObject({
      status: 200,
      body: { from: at('10:00'), to: at('12:00'), number: body.number },
    })
    const swapped = await change({ swap: [{ allocation_id, resource_id: other }], note: 'Blue' })
    expect(swapped).toMatchObject({
      status: 200,
      body: { note: 'Blue', items: [{ allocation_id, resource_id: other }] },
    })
    expect(swapped.headers.get('etag')).toStartWith('"v3-')
    expect(await allocationsOf(car)).toEqual([])
    expect(await allocationsOf(other)).toMatchObject([
      { id: allocation_id, from_datetime: at('10:00'), to_datetime: at('12:00') },
    ])
    expect((await change({ title: 'x' }, { 'if-match': '"v1"' })).status).toBe(412)
    expect((await change({ to: at('09:00') })).body.code).toBe('empty_span')
  })

  it('stay as they are when the other time is taken', async () => {
    const [car, taken] = [await addResource(), await addResource()]
    const { body } = await book({ items: [{ resource_id: car }] })
    await book({ items: [{ resource_id: taken }] }, 'bert')
    const [allocation_id = ''] = body.items.map((item) => item.allocation_id)
    for (const resource_id of [taken, '01a1fe45-0000-7000-8000-000000000000']) {
      const refused = await call<Problem>('PATCH', `${path}/${body.id}`, {
        as: 'anna',
        body: { swap: [{ allocation_id, resource_id }], title: 'Other' },
      })
      expect(refused).toMatchObject({ status: 409, body: { code: 'not_all_free' } })
    }
    expect((await call<Booking>('GET', `${path}/${body.id}`, { as: 'anna' })).body).toEqual(body)
    expect(await allocationsOf(car)).toHaveLength(1)
  })

  it('release their time when they are cancelled, once and with the reason', async () => {
    const car = await addResource()
    const { body } = await book({ items: [{ resource_id: car }] })
    const cancel = () =>
      call<Booking>('POST', `${path}/${body.id}/cancel`, {
        as: 'anna',
        body: { reason: 'No visit' },
      })
    for (const { status, body: ended } of [await cancel(), await cancel()]) {
      expect(status).toBe(200)
      expect(ended).toMatchObject({ state: 'cancelled', reason: 'No visit' })
    }
    expect(await allocationsOf(car)).toEqual([])
    expect((await book({ items: [{ resource_id: car }] }, 'bert')).status).toBe(201)
    const late = await call<Problem>('PATCH', `${path}/${body.id}`, {
      as: 'anna',
      body: { to: at('12:00') },
    })
    expect(late).toMatchObject({ status: 409, body: { code: 'booking_closed' } })
  })

  it('are changed through bookings only: inventory refuses their person', async () => {
    const car = await addResource()
    const { body } = await book({ items: [{ resource_id: car }] })
    const id = body.items[0]?.allocation_id ?? ''
    for (const as of ['anna', 'admin']) {
      const refusals = [
        await call<Problem>('PATCH', `/api/resources/${car}/allocations/${id}`, {
          as,
          body: { to_datetime: at('23:00') },
        }),
        await call<Problem>('DELETE', `/api/resources/${car}/allocations/${id}`, { as }),
        await call<Problem>('POST', `/api/allocations/${id}/release`, { as }),
      ]
      for (const { status, body: problem } of refusals) {
        expect([status, problem.code]).toEqual([403, 'managed'])
      }
    }
    expect(await allocationsOf(car)).toHaveLength(1)
  })

  it('keep their buffers, wherever they are moved', async () => {
    const [car, washed] = [await addResource(), await addResource()]
    const buffers = { buffer_after_seconds: 3600 }
    await call('PATCH', `/api/resources/${washed}`, { body: buffers })
    const { body } = await book({ items: [{ resource_id: washed }] })
    const next = { items: [{ resource_id: washed }], from: at('11:00'), to: at('13:00') }
    expect((await book(next, 'bert')).status).toBe(409)
    const move = async (changes: object) => {
      const own = `${path}/${body.id}`
      const moved = await call<Booking>('PATCH', own, { as: 'anna', body: changes })
      expect(moved.status).toBe(200)
      return moved.body
    }
    expect(await move({ to: at('10:00') })).toMatchObject({ from: at('09:00'), to: at('10:00') })
    const allocation_id = body.items[0]?.allocation_id ?? ''
    await move({ swap: [{ allocation_id, resource_id: car }] })
    expect((await allocationsOf(car))[0]).not.toHaveProperty('busy_to')
    await move({ swap: [{ allocation_id, resource_id: washed }] })
    expect((await allocationsOf(washed))[0]).toMatchObject({
      to_datetime: at('10:00'),
      busy_to: at('11:00'),
    })
    expect((await book(next, 'bert')).status).toBe(201)
  })

  it('are moved by nobody else: a withdrawal and a hand-over skip them, and say so', async () => {
    const type = await addType()
    const [room] = [await addResource(type), await addResource(type)]
    const { body } = await book({ items: [{ resource_id: room }] })
    const span = { from_datetime: at('00:00'), to_datetime: at('23:00') }
    const plan = await call('POST', `/api/resources/${room}/withdrawal`, { body: span })
    const id = body.items[0]?.allocation_id ?? ''
    expect(plan.body).toMatchObject({ moves: [], stranded: [id] })
    const release = `/api/users/${body.booked_for}/release_bookings`
    expect((await call('POST', release, { body: { bookings: [id] } })).status).toBeLessThan(300)
    expect(await allocationsOf(room)).toHaveLength(1)
  })
})
