import { expect, it } from 'bun:test'
import type { Booking } from '../../../shared/schemas/booking.ts'
import type { BookingSeries } from '../../../shared/schemas/booking-series.ts'
import { changeByHand } from '../../../shared/testing/by-hand.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { at } from '../fixture.ts'
import { hold } from '../hold.ts'
import { useSplit } from '../testing/split.ts'

const path = '/api/bookings/series'
const days = 3
const sweepEvery_ms = 5000

describeStores('the protocol of a series, split', (makeDatabase) => {
  let late_ms = 0
  const split = useSplit(makeDatabase, { clock: () => Date.now() + late_ms })
  const { bookings, inventory, asked, breakAt, send, addCar, allocationsOf, listed } = split

  const repeat = (resource_id: string, key: string) =>
    send<BookingSeries>(bookings(), `POST ${path}`, {
      body: {
        items: [{ resource_id }],
        from: at('09:00'),
        to: at('11:00'),
        title: 'A round',
        rule: `FREQ=DAILY;COUNT=${days}`,
        time_zone: 'Europe/Berlin',
      },
      headers: { 'idempotency-key': key },
    })
  const statusesOf = async (car: string) => (await allocationsOf(car)).map(({ status }) => status)
  const idsOf = ({ occurrences }: BookingSeries) => occurrences.map((it) => it.booking_id ?? '')
  const each = (status: 'held' | 'confirmed') => Array.from({ length: days }, () => status)

  /** As if a minute had passed. */
  async function endHolds() {
    const url = inventory().databaseUrlOf('inventory')
    const past = url.startsWith('sqlite:') ? '1000' : "'2020-01-01T00:00:00Z'"
    const held = 'WHERE held_until IS NOT NULL'
    await changeByHand(url, `UPDATE allocations SET held_until = ${past} ${held}`)
  }

  it('is look, hold, record, confirm: each once for any number of days', async () => {
    const car = await addCar()
    expect((await repeat(car, 'plain')).status).toBe(201)
    expect(asked()).toEqual(['/outlook', '', '/keep'])
    expect(await statusesOf(car)).toEqual(each('confirmed'))
  })

  for (const step of ['', '/keep']) {
    for (const when of ['before', 'after'] as const) {
      it(`is completed by a retry, interrupted ${when} reservations${step}`, async () => {
        const [car, key] = [await addCar(), `series${step}-${when}`]
        const before = await listed()
        breakAt({ path: `/api/reservations${step}`, when })
        expect((await repeat(car, key)).status).toBe(503)
        expect(await listed()).toEqual(before)
        breakAt(undefined)
        const { status, body } = await repeat(car, key)
        expect(status).toBe(201)
        expect(await statusesOf(car)).toEqual(each('confirmed'))
        expect((await listed()).toSorted()).toEqual([...before, ...idsOf(body)].toSorted())
      })
    }
  }

  it('starts over when its hold ended meanwhile, and nobody saw the first', async () => {
    const car = await addCar()
    const before = await listed()
    breakAt({ path: '/api/reservations/keep', when: 'before' })
    expect((await repeat(car, 'late')).status).toBe(503)
    await endHolds()
    breakAt(undefined)
    const { status, body } = await repeat(car, 'late')
    expect(status).toBe(201)
    expect(await statusesOf(car)).toEqual(each('confirmed'))
    expect((await listed()).toSorted()).toEqual([...before, ...idsOf(body)].toSorted())
  })

  it('starts over when its hold was released and acknowledged', async () => {
    const car = await addCar()
    breakAt({ path: '/api/reservations', when: 'after' })
    expect((await repeat(car, 'given-back')).status).toBe(503)
    breakAt(undefined)
    await endHolds()
    late_ms = hold.for_ms + 1000
    bookings().startTasks()
    while (!asked().includes('/known')) await Bun.sleep(50)
    const given = asked().length
    await Bun.sleep(sweepEvery_ms + 1000)
    expect(asked()).toHaveLength(given)
    const { status } = await repeat(car, 'given-back')
    late_ms = 0
    expect(status).toBe(201)
    expect(await statusesOf(car)).toEqual(each('confirmed'))
  })

  it('is completed by itself without a retry', async () => {
    const car = await addCar()
    breakAt({ path: '/api/reservations/keep', when: 'before' })
    expect((await repeat(car, 'left')).status).toBe(503)
    breakAt(undefined)
    expect(await statusesOf(car)).toEqual(each('held'))
    bookings().startTasks()
    while ((await statusesOf(car))[0] !== 'confirmed') await Bun.sleep(50)
    expect(await statusesOf(car)).toEqual(each('confirmed'))
  })

  it('releases days that were cancelled while inventory was unavailable', async () => {
    const car = await addCar()
    const { body } = await repeat(car, 'cancelled')
    const cancel = () =>
      send<BookingSeries>(bookings(), `POST ${path}/${body.id}/cancel`, {
        body: { scope: 'all', reason: 'No visit' },
      })
    breakAt({ path: '/api/reservations/release', when: 'before' })
    expect((await cancel()).status).toBe(503)
    expect(await statusesOf(car)).toEqual(each('confirmed'))
    breakAt(undefined)
    expect((await cancel()).body.occurrences.map(({ state }) => state)).toEqual(
      Array.from({ length: days }, () => 'cancelled'),
    )
    expect(await statusesOf(car)).toEqual([])
  })

  it('leaves a day open if its hold ended before it was booked', async () => {
    const car = await addCar()
    const { body } = await repeat(car, 'again')
    const [first] = body.occurrences
    const reason = { scope: 'this', date: first?.date, reason: 'No visit' }
    await send(bookings(), `POST ${path}/${body.id}/cancel`, { body: reason })
    const again = () =>
      send<Booking>(bookings(), `POST ${path}/${body.id}/occurrences`, {
        body: { date: first?.date },
        headers: { 'idempotency-key': 'again-day' },
      })
    breakAt({ path: '/api/reservations/keep', when: 'before' })
    expect((await again()).status).toBe(503)
    await endHolds()
    breakAt(undefined)
    const found = await send<BookingSeries>(bookings(), `GET ${path}/${body.id}`, {})
    expect(found.body.occurrences[0]).toMatchObject({ booking_id: null, state: 'skipped' })
    const made = await again()
    expect(made.status).toBe(201)
    expect(await statusesOf(car)).toEqual(each('confirmed'))
  })
})
