import { expect, it } from 'bun:test'
import type { Booking } from '../../../shared/schemas/booking.ts'
import type { BookingSeries } from '../../../shared/schemas/booking-series.ts'
import { changeByHand } from '../../../shared/testing/by-hand.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { at } from '../fixture.ts'
import { useSplit } from '../testing/split.ts'

const path = '/api/bookings/series'
const keep = '/api/reservations/keep'

describeStores('days of a series made in the same millisecond', (makeDatabase) => {
  const now = Date.now()
  const split = useSplit(makeDatabase, { clock: () => now })
  const { bookings, inventory, breakAt, beforeNext, send, addCar, allocationsOf } = split

  /** A series with no booked day left. */
  async function makeSeries() {
    const car = await addCar()
    const { body } = await send<BookingSeries>(bookings(), `POST ${path}`, {
      body: {
        items: [{ resource_id: car }],
        from: at('09:00'),
        to: at('11:00'),
        title: 'A round',
        rule: 'FREQ=DAILY;COUNT=2',
        time_zone: 'Europe/Berlin',
      },
    })
    const cancelled = await send(bookings(), `POST ${path}/${body.id}/cancel`, {
      body: { scope: 'all', reason: 'No visit' },
    })
    expect(cancelled.status).toBe(200)
    const [first = '', second = ''] = body.occurrences.map(({ date }) => date)
    const again = (date: string, headers = {}) =>
      send<Booking>(bookings(), `POST ${path}/${body.id}/occurrences`, { body: { date }, headers })
    const find = () => send<BookingSeries>(bookings(), `GET ${path}/${body.id}`, {})
    const statesOf = async () => (await find()).body.occurrences.map(({ state }) => state)
    return { car, first, second, again, statesOf }
  }

  async function endHolds() {
    const url = inventory().databaseUrlOf('inventory')
    const past = url.startsWith('sqlite:') ? '1000' : "'2020-01-01T00:00:00Z'"
    const held = 'WHERE held_until IS NOT NULL'
    await changeByHand(url, `UPDATE allocations SET held_until = ${past} ${held}`)
  }

  it('are confirmed each by the request that made it', async () => {
    const { car, first, second, again, statesOf } = await makeSeries()
    const key = { 'idempotency-key': car }
    // The second one is recorded and held while the first is being confirmed.
    beforeNext(keep, async () => {
      breakAt({ path: keep, when: 'before' })
      expect((await again(second, key)).status).toBe(503)
      breakAt(undefined)
    })
    expect((await again(first)).status).toBe(201)
    expect(await statesOf()).toEqual(['confirmed', 'skipped'])
    await endHolds()
    expect(await statesOf()).toEqual(['confirmed', 'skipped'])
    expect(await allocationsOf(car)).toMatchObject([{ status: 'confirmed' }])
    expect((await again(second, key)).status).toBe(201)
    expect(await statesOf()).toEqual(['confirmed', 'confirmed'])
    expect(await allocationsOf(car)).toHaveLength(2)
  })

  it('stay booked when the other one is undone', async () => {
    const { car, first, second, again, statesOf } = await makeSeries()
    beforeNext(keep, async () => {
      await endHolds()
      expect((await again(second)).status).toBe(201)
    })
    expect((await again(first)).status).toBe(201)
    expect(await statesOf()).toEqual(['confirmed', 'confirmed'])
    expect(await allocationsOf(car)).toMatchObject([
      { status: 'confirmed' },
      { status: 'confirmed' },
    ])
  })
})
