import { expect, it } from 'bun:test'
import type { Booking, BookingAudit } from '../../shared/schemas/booking.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { changeByHand } from '../../shared/testing/by-hand.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { at } from './fixture.ts'
import { hold } from './hold.ts'
import { useSplit } from './testing/split.ts'

describeStores('a reservation that was never recorded', (makeDatabase) => {
  let late_ms = 0
  const split = useSplit(makeDatabase, { clock: () => Date.now() + late_ms })
  const { bookings, inventory, breakAt, send, addCar, setPolicy, allocationsOf, book } = split

  const audit = async () =>
    (await send<BookingAudit>(bookings(), 'GET /api/bookings/audit', {})).body
  /** Inventory made the reservation, but bookings never got the response. */
  async function breakOff(car: string, key: string): Promise<string> {
    breakAt({ path: '/api/reservations', when: 'after' })
    expect((await book(car, key)).status).toBe(503)
    breakAt(undefined)
    const [left] = await allocationsOf(car)
    expect(left).toMatchObject({ status: 'confirmed' })
    return left?.id ?? ''
  }

  async function waitUntilFree(car: string): Promise<void> {
    bookings().startTasks()
    while ((await allocationsOf(car)).length > 0) await Bun.sleep(50)
  }

  it('is released without a retry, and a later retry reserves anew', async () => {
    const car = await addCar()
    const before = await breakOff(car, 'left')
    const kept = await book(await addCar(), 'kept')
    expect(await audit()).toMatchObject({ unbacked: 0, orphaned: 0 })
    late_ms = hold.for_ms + 1000
    await waitUntilFree(car)
    const again = await book(car, 'left')
    expect(again.status).toBe(201)
    expect(again.body.items[0]?.allocation_id).not.toBe(before)
    const own = `GET /api/bookings/${kept.body.id}`
    expect(await send(bookings(), own, {})).toMatchObject({ body: { state: 'confirmed' } })
    expect(await audit()).toMatchObject({ unbacked: 0, orphaned: 0 })
  }, 60_000)

  it('is either recorded by a retry or released, whichever comes first', async () => {
    late_ms = 0
    const cars = await Promise.all(Array.from({ length: 30 }, addCar))
    for (const car of cars) await breakOff(car, `race-${car}`)
    late_ms = hold.for_ms + 1000
    bookings().startTasks()
    // The task runs every five seconds: some retries come before it, some after.
    const retry = async (car: string, turn: number) => {
      await Bun.sleep(turn * 200)
      return [car, await book(car, `race-${car}`)] as const
    }
    for (const [car, { status, body }] of await Promise.all(cars.map(retry))) {
      expect(status).toBe(201)
      expect(await allocationsOf(car)).toMatchObject([{ id: body.items[0]?.allocation_id }])
    }
    expect(await audit()).toMatchObject({ unbacked: 0, orphaned: 0 })
  }, 60_000)

  it('that was deleted is cancelled like any other, or made anew', async () => {
    late_ms = 0
    const car = await addCar()
    await breakOff(car, 'deleted')
    const ofCar = `resource_number = (SELECT max(number) FROM resources)`
    const url = inventory().databaseUrlOf('inventory')
    await changeByHand(url, `DELETE FROM allocations WHERE ${ofCar}`)
    expect(await allocationsOf(car)).toEqual([])
    const again = await book(car, 'deleted')
    expect(again.status).toBe(201)
    bookings().startTasks()
    const own = `GET /api/bookings/${again.body.id}`
    for (;;) {
      const { body } = await send<Booking>(bookings(), own, {})
      const isThere = (await allocationsOf(car)).length === 1
      if (isThere === (body.state === 'confirmed')) break
      await Bun.sleep(50)
    }
    expect(await audit()).toMatchObject({ unbacked: 0, orphaned: 0 })
  }, 60_000)

  it('is held instead if its resource has stricter rules than its type', async () => {
    late_ms = 0
    const type = `Room ${Bun.randomUUIDv7()}`
    const as = { body: { name: type } }
    expect((await send(inventory(), 'POST /api/resource_types', as)).status).toBe(201)
    const room = { body: { name: 'Oslo', resource_type: type } }
    const { id } = (await send<Resource>(inventory(), 'POST /api/resources', room)).body
    await setPolicy(id, { check_in: { within: 'PT1H' } })
    const wish = { items: [{ type }], title: 'A talk', from: at('09:00'), to: at('11:00') }
    const booked = await send<Booking>(bookings(), 'POST /api/bookings', { body: wish })
    expect(booked.status).toBe(201)
    expect(await audit()).toMatchObject({ unbacked: 0, orphaned: 0 })
    expect(booked.body.check_in_by).not.toBeNull()
  })

  for (const [was, is] of [
    ['for good', 'held'],
    ['held', 'for good'],
  ] as const) {
    it(`is ${is} by a retry when it was ${was} before the rules changed`, async () => {
      late_ms = 0
      const rulesOf = { 'for good': {}, held: { check_in: { within: 'PT1H' } } }
      const car = await addCar()
      await setPolicy(car, rulesOf[was])
      breakAt({ path: '/api/reservations', when: 'after' })
      expect((await book(car, `rules-${car}`)).status).toBe(503)
      breakAt(undefined)
      const [before] = await allocationsOf(car)
      await setPolicy(car, rulesOf[is])
      const { status, body } = await book(car, `rules-${car}`)
      expect(status).toBe(201)
      const rows = await allocationsOf(car)
      expect(rows).toMatchObject([{ held_until: body.check_in_by }])
      // A hold also serves a booking that needs none.
      expect(rows[0]?.id === before?.id).toBe(was === 'held')
    })
  }
})
