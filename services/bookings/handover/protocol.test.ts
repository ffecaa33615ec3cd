import { expect, it } from 'bun:test'
import type { Booking, BookingAudit } from '../../../shared/schemas/booking.ts'
import { changeByHand } from '../../../shared/testing/by-hand.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { useSplit } from '../testing/split.ts'
import { fromNow } from './fixture.ts'

describeStores('the protocol of handovers, split', (makeDatabase) => {
  const split = useSplit(makeDatabase)
  const { bookings, inventory, asked, breakAt, send, addCar, allocationsOf, book } = split
  const span = () => ({ from: new Date().toISOString(), to: fromNow(2) })
  const handOver = (id: string, step: 'check_out' | 'return') =>
    send<Booking>(bookings(), `POST /api/bookings/${id}/${step}`, { body: {} })
  const stateOf = async (id: string) =>
    (await send<Booking>(bookings(), `GET /api/bookings/${id}`, {})).body.state
  /** A car with a check-in deadline of half an hour. */
  const addRuled = async () => {
    const car = await addCar()
    const body = { resource_id: car, rules: { check_in: { within: 'PT30M' } } }
    expect((await send(bookings(), 'POST /api/policies', { body })).status).toBe(201)
    return car
  }
  const endHold = (number: string) => {
    const url = inventory().databaseUrlOf('inventory')
    const past = url.startsWith('sqlite:') ? '1000' : "'2020-01-01T00:00:00Z'"
    const text = `UPDATE allocations SET held_until = ${past} WHERE reference = '${number}'`
    return changeByHand(url, text)
  }
  const audit = async () =>
    (await send<BookingAudit>(bookings(), 'GET /api/bookings/audit', {})).body

  for (const when of ['before', 'after'] as const) {
    it(`releases the rest once, interrupted ${when} the move`, async () => {
      const car = await addCar()
      const { body } = await book(car, `return-${when}`, span())
      expect((await handOver(body.id, 'check_out')).status).toBe(200)
      breakAt({ path: '/api/reservations/move', when })
      expect((await handOver(body.id, 'return')).status).toBe(503)
      breakAt(undefined)
      expect(await stateOf(body.id)).toBe('returned')
      const [allocation] = await allocationsOf(car)
      expect(Date.parse(allocation?.to_datetime ?? '')).toBeLessThanOrEqual(Date.now())
      expect((await handOver(body.id, 'return')).status).toBe(409)
      expect(await audit()).toMatchObject({ unbacked: 0, orphaned: 0 })
    })
  }

  it('calls inventory once, and only for an early return', async () => {
    const car = await addCar()
    const { body } = await book(car, 'asked', span())
    asked().length = 0
    await handOver(body.id, 'check_out')
    expect(asked()).toEqual([])
    await handOver(body.id, 'return')
    expect(asked()).toEqual(['/move'])
  })

  for (const when of ['before', 'after'] as const) {
    it(`is checked out once, interrupted ${when} its hold is confirmed`, async () => {
      const car = await addRuled()
      const { body } = await book(car, `out-${when}`, span())
      expect(await allocationsOf(car)).toMatchObject([{ status: 'held' }])
      breakAt({ path: '/api/reservations/keep', when })
      expect((await handOver(body.id, 'check_out')).status).toBe(503)
      breakAt(undefined)
      expect(await stateOf(body.id)).toBe('checked_out')
      expect(await allocationsOf(car)).toMatchObject([{ status: 'confirmed' }])
      expect((await handOver(body.id, 'check_out')).status).toBe(409)
      expect(await audit()).toMatchObject({ unbacked: 0, orphaned: 0 })
    })
  }

  it('is not checked out if interrupted, and its hold ends before it is completed', async () => {
    const car = await addRuled()
    const { body } = await book(car, 'too-late', span())
    breakAt({ path: '/api/reservations/keep', when: 'before' })
    expect((await handOver(body.id, 'check_out')).status).toBe(503)
    await endHold(body.number)
    breakAt(undefined)
    expect(await stateOf(body.id)).toBe('no_show')
    expect(await allocationsOf(car)).toEqual([])
    const { body: handovers } = await send(bookings(), 'GET /api/handovers?out=true', {})
    expect(handovers).not.toContainEqual(expect.objectContaining({ resource_id: car }))
    expect(await audit()).toMatchObject({ unbacked: 0, orphaned: 0 })
  })

  for (const step of ['keep', 'move']) {
    for (const when of ['before', 'after'] as const) {
      it(`moves with its deadline, interrupted ${when} ${step}`, async () => {
        const car = await addRuled()
        const { body } = await book(car, `${step}-${when}`, span())
        breakAt({ path: `/api/reservations/${step}`, when })
        const change = { body: { from: fromNow(3), to: fromNow(4) } }
        expect((await send(bookings(), `PATCH /api/bookings/${body.id}`, change)).status).toBe(503)
        breakAt(undefined)
        expect(await stateOf(body.id)).toBe('confirmed')
        const held_until = fromNow(3.5)
        expect(await allocationsOf(car)).toMatchObject([{ from_datetime: fromNow(3), held_until }])
      })
    }
  }
})
