import { expect, it } from 'bun:test'
import type { ItemRefusal } from '../../shared/schemas/allocation-bundle.ts'
import type { Booking } from '../../shared/schemas/booking.ts'
import type { Problem } from '../../shared/schemas/problem.ts'
import { changeByHand } from '../../shared/testing/by-hand.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { at, useBookings } from './fixture.ts'

interface Refusal extends Problem {
  items?: ItemRefusal[]
}

describeStores('a booking whose move is refused', (makeDatabase) => {
  const tools = useBookings(makeDatabase)
  const { call, system, addResource, addType, book, setPolicy } = tools

  async function expectRefused(booking: Booking, move: object): Promise<void> {
    const own = `/api/bookings/${booking.id}`
    const change = { title: 'Another title', note: 'Another note', ...move }
    const refused = await call<Problem>('PATCH', own, { as: 'anna', body: change })
    expect([refused.status, refused.body.code]).toEqual([409, 'not_all_free'])
    const { status, body } = await call<Booking>('GET', own, { as: 'anna' })
    expect([status, body]).toEqual([200, booking])
    const { body: found } = await call<Booking[]>('GET', '/api/bookings?q=another', { as: 'anna' })
    expect(found).toEqual([])
    const cancelled = await call('POST', `${own}/cancel`, { as: 'anna', body: { reason: 'Ill' } })
    expect(cancelled.status).toBe(200)
  }

  it('can be used as before when the new time is off the slot grid', async () => {
    const type = { name: 'Court', kind: 'interval', slot_seconds: 3600 }
    expect((await call('POST', '/api/resource_types', { body: type })).status).toBe(201)
    const { body } = await book({ items: [{ resource_id: await addResource('Court') }] })
    await expectRefused(body, { to: at('11:30') })
  })

  it('keeps its deadline when it is a request', async () => {
    const type = await addType()
    await setPolicy({ type, rules: { approval: { when: 'always', decide_within: 'P1D' } } })
    const [room, taken] = [await addResource(type), await addResource(type)]
    const { body } = await book({ items: [{ resource_id: room }] })
    expect(body.state).toBe('requested')
    const soon = Date.now() + 3_600_000
    const near = { from: new Date(soon).toISOString(), to: new Date(soon + 60_000).toISOString() }
    const span = { from_datetime: near.from, to_datetime: near.to }
    await call('POST', `/api/resources/${taken}/allocations`, { body: span })
    const swap = body.items.map(({ allocation_id }) => ({ allocation_id, resource_id: taken }))
    await expectRefused(body, { ...near, swap })
  })

  it('can be used as before when its resources were to be swapped', async () => {
    const [one, other] = [await addResource(), await addResource()]
    const { body } = await book({ items: [{ resource_id: one }, { resource_id: other }] })
    const swap = body.items.map(({ allocation_id, resource_id }) => {
      return { allocation_id, resource_id: resource_id === one ? other : one }
    })
    await expectRefused(body, { swap })
  })

  it('can be used as before when it has former buffers', async () => {
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

  it('is not in the way of its own extension; the next one is', async () => {
    const car = await addResource()
    const items = [{ resource_id: car }]
    const { body } = await book({ items, from: at('09:00'), to: at('10:00') })
    await book({ items, from: at('11:00'), to: at('12:00') }, 'bert')
    const refused = await call<Refusal>('PATCH', `/api/bookings/${body.id}`, {
      as: 'anna',
      body: { to: at('11:30') },
    })
    expect(refused.body.items).toMatchObject([
      {
        conflicts: [{ from_datetime: at('11:00') }],
        next_free: { from_datetime: at('12:00'), to_datetime: at('14:30') },
      },
    ])
    // It moves away from the next one, to where it overlaps itself.
    const other = { from: at('07:30'), to: at('11:30') }
    const earlier = await call<Refusal>('PATCH', `/api/bookings/${body.id}`, {
      as: 'anna',
      body: other,
    })
    expect(earlier.body.items?.[0]?.conflicts).toHaveLength(1)
  })
})
