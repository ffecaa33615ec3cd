import { expect, it } from 'bun:test'
import type { Booking, BookingAudit } from '../../shared/schemas/booking.ts'
import type { Problem } from '../../shared/schemas/problem.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { changeByHand } from '../../shared/testing/by-hand.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { useBookings } from './fixture.ts'
import { fromNow } from './handover/fixture.ts'

const span = { from: '2090-03-01T09:00:00.000Z', to: '2090-03-01T11:00:00.000Z' }

describeStores('a booking that inventory no longer has', (makeDatabase) => {
  const { call, system, addResource, addType, book, setPolicy, allocationsOf } =
    useBookings(makeDatabase)

  async function expectCancelled({ id }: Booking): Promise<void> {
    system().startTasks()
    const read = async () => (await call<Booking>('GET', `/api/bookings/${id}`)).body
    const end = Date.now() + 30_000
    while ((await read()).state !== 'cancelled' && Date.now() < end) await Bun.sleep(50)
    expect(await read()).toMatchObject({
      state: 'cancelled',
      decided_by: null,
      reason: 'Inventory took it back. What was booked is no longer available.',
    })
    const { body } = await call<BookingAudit>('GET', '/api/bookings/audit')
    expect(body).toMatchObject({ unbacked: 0, orphaned: 0 })
  }

  it('is cancelled with all of it, when one resource goes out of service', async () => {
    const [car, other] = [await addResource(), await addResource()]
    const items = [{ resource_id: car }, { resource_id: other }]
    const { body, status } = await book({ items, ...span })
    expect(status).toBe(201)
    const gone = await call('DELETE', `/api/resources/${car}?allocations=cancel`)
    expect(gone.status).toBe(204)
    await expectCancelled(body)
    expect(await allocationsOf(other)).toEqual([])
    // Somebody else can book the rest of it.
    expect((await book({ items: [{ resource_id: other }], ...span }, 'bert')).status).toBe(201)
  }, 60_000)

  it('is cancelled when it is a request, and when rows were deleted by hand', async () => {
    const type = await addType()
    await setPolicy({ type, rules: { approval: { when: 'always' } } })
    const requested = await book({ items: [{ type }, { resource_id: await addResource() }] })
    expect(requested.status).toBe(409)
    const room = await addResource(type)
    const { body } = await book({ items: [{ resource_id: room }], ...span })
    expect(body.state).toBe('requested')
    const byHand = `DELETE FROM allocations WHERE reference = '${body.number}'`
    await changeByHand(system().databaseUrlOf('inventory'), byHand)
    await expectCancelled(body)
  }, 60_000)

  it('keeps its earlier reason for cancellation', async () => {
    const car = await addResource()
    const { body } = await book({ items: [{ resource_id: car }], ...span })
    const given = { as: 'anna', body: { reason: 'No visit' } }
    await call('POST', `/api/bookings/${body.id}/cancel`, given)
    const after = await book({ items: [{ resource_id: car }], ...span })
    await call('DELETE', `/api/resources/${car}?allocations=cancel`)
    await expectCancelled(after.body)
    const first = await call<Booking>('GET', `/api/bookings/${body.id}`)
    expect(first.body.reason).toBe('No visit')
  }, 60_000)

  it('taken_in_hand: stays checked out, but marked, until it is returned', async () => {
    const [car, other] = [await addResource(), await addResource()]
    const items = [{ resource_id: car }, { resource_id: other }]
    const { body } = await book({ items, from: new Date().toISOString(), to: fromNow(2) })
    const path = `/api/bookings/${body.id}`
    const step = (name: string, given: object = {}) =>
      call<Booking & Problem>('POST', `${path}/${name}`, { as: 'anna', body: given })
    expect((await step('check_out')).status).toBe(200)
    await changeByHand(
      system().databaseUrlOf('inventory'),
      `DELETE FROM allocations WHERE reference = '${body.number}' AND resource_number =
        (SELECT number FROM resources WHERE name =
          '${(await call<Resource>('GET', `/api/resources/${car}`)).body.name}')`,
    )
    system().startTasks()
    const read = async () => (await call<Booking>('GET', path, { as: 'anna' })).body
    const end = Date.now() + 30_000
    while (!(await read()).items[0]?.lost_since && Date.now() < end) await Bun.sleep(50)
    const lost = await read()
    expect(lost).toMatchObject({ state: 'checked_out', items: [{ resource_id: car }, {}] })
    expect(lost.items.map((it) => it.lost_since !== undefined)).toEqual([true, false])
    expect(lost.reason).toContain('Inventory took its time back while it was checked out')
    const audit = async () => (await call<BookingAudit>('GET', '/api/bookings/audit')).body
    expect(await audit()).toMatchObject({ unbacked: 0, orphaned: 0 })
    expect((await step('extend', { to: fromNow(3) })).body.code).toBe('booking_lost')
    // The other one is returned as usual.
    expect((await step('return')).body.state).toBe('returned')
    const [rest] = await allocationsOf(other)
    expect(Date.parse(rest?.to_datetime ?? '')).toBeLessThanOrEqual(Date.now())
    expect(await audit()).toMatchObject({ unbacked: 0, orphaned: 0 })
  }, 60_000)
})
