import { expect, it, setDefaultTimeout } from 'bun:test'
import type { Booking } from '../../../shared/schemas/booking.ts'
import type { BookingSeries } from '../../../shared/schemas/booking-series.ts'
import type { Problem } from '../../../shared/schemas/problem.ts'
import type { WaitlistEntry } from '../../../shared/schemas/waitlist.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { at } from '../fixture.ts'
import { useSplit } from '../testing/split.ts'

setDefaultTimeout(60_000)

const days = 2
const atOnce = 4
const span = { from: at('09:00'), to: at('11:00') }

// Under a quota, bookings for the same person take turns: a series may have to try again, a single
// booking waits in its commit.
describeStores('bookings that take turns', (makeDatabase) => {
  const environment = { USER_BOOKINGS_PER_DAY: String(days * atOnce) }
  const split = useSplit(makeDatabase, { environment })
  const { bookings, inventory, afterNext, send, tokenOf, addCar, allocationsOf } = split

  const as = async (name: string) => ({ authorization: `Bearer ${await tokenOf(name)}` })
  const repeat = async (car: string) =>
    send<BookingSeries & Problem>(bookings(), 'POST /api/bookings/series', {
      body: {
        items: [{ resource_id: car }],
        title: 'A course',
        ...span,
        rule: `FREQ=DAILY;COUNT=${days}`,
        time_zone: 'UTC',
      },
      headers: await as('anna'),
    })
  const wait = async (car: string) =>
    send<WaitlistEntry>(inventory(), 'POST /api/waitlist', {
      body: { resource_id: car, from_datetime: span.from, to_datetime: span.to },
      headers: await as('bert'),
    })

  const bookOnce = async (car: string) =>
    send<Booking & Problem>(bookings(), 'POST /api/bookings', {
      body: { items: [{ resource_id: car }], title: 'A visit', ...span },
      headers: await as('carl'),
    })

  /** Records one of each car at the same time, once somebody waits for what they hold. */
  async function makeAtOnce<T>(make: (car: string) => Promise<T>) {
    const rules = { quotas: [{ per: 'day', count: 50 }] }
    expect((await send(bookings(), 'POST /api/policies', { body: { rules } })).status).toBe(201)
    const cars = [await addCar(), await addCar(), await addCar(), await addCar()]
    const allHeld = Promise.withResolvers<void>()
    let held = 0
    const onHold = async () => {
      if (++held < atOnce) afterNext('/api/reservations', onHold)
      else {
        const joined = await Promise.all(cars.map(wait))
        expect(joined.map(({ body }) => body.status)).toEqual(cars.map(() => 'waiting'))
        allHeld.resolve()
      }
      await allHeld.promise
    }
    afterNext('/api/reservations', onHold)
    return { cars, made: await Promise.all(cars.map(make)) }
  }

  it('keep what they hold, for which somebody waits: single ones', async () => {
    const { cars, made } = await makeAtOnce(bookOnce)
    expect(made.map(({ status }) => status)).toEqual(cars.map(() => 201))
    for (const car of cars) expect(await allocationsOf(car)).toHaveLength(1)
  })

  it('keep their days, for which somebody waits, and are counted once: series', async () => {
    const { cars, made } = await makeAtOnce(repeat)
    expect(made.map(({ status }) => status)).toEqual(cars.map(() => 201))
    for (const car of cars) expect(await allocationsOf(car)).toHaveLength(days)
    expect((await repeat(await addCar())).body.code).toBe('daily_limit_reached')
  })
})
