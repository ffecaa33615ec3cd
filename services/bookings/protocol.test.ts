import { expect, it } from 'bun:test'
import type { Allocation } from '../../shared/schemas/allocation.ts'
import type { Booking } from '../../shared/schemas/booking.ts'
import { changeByHand } from '../../shared/testing/by-hand.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { at } from './fixture.ts'
import { hold } from './hold.ts'
import { useSplit } from './testing/split.ts'

describeStores('the protocol of bookings, split', (makeDatabase) => {
  const split = useSplit(makeDatabase)
  const { bookings, breakAt, send, addCar, addCarToPickUp, allocationsOf, book, listed } = split
  // For good, or beyond the time to record it.
  const isKept = ({ held_until }: Allocation) =>
    held_until === null || Date.parse(held_until) > Date.now() + hold.for_ms

  it('is reserve, record', async () => {
    const car = await addCar()
    const { status, body } = await book(car, 'plain')
    // The type of a resource is fetched once.
    expect([status, split.asked()]).toEqual([201, ['/outlook', '']])
    expect(await allocationsOf(car)).toMatchObject([
      { id: body.items[0]?.allocation_id, status: 'confirmed', created_by: 'service:bookings' },
    ])
  })

  it('is hold, record, keep if it has to be checked out', async () => {
    const car = await addCarToPickUp()
    const { status, body } = await book(car, 'picked-up')
    expect([status, split.asked()]).toEqual([201, ['/outlook', '', '/keep']])
    expect(await allocationsOf(car)).toMatchObject([
      { id: body.items[0]?.allocation_id, status: 'held', held_until: body.check_in_by },
    ])
  })

  it('sends each call once while inventory is away, however many wait together', async () => {
    const car = await addCarToPickUp()
    breakAt({ path: '/api/reservations/keep', when: 'before' })
    const span = (hour: number) => ({ from: at(`${hour}:00`), to: at(`${hour}:30`) })
    const hours = Array.from({ length: 12 }, (_, index) => 10 + index)
    const all = () => Promise.all(hours.map((hour) => book(car, `away-${hour}`, span(hour))))
    expect((await all()).map(({ status }) => status)).toEqual(hours.map(() => 503))
    const kept = split.asked().filter((path) => path === '/keep')
    expect(kept.length).toBeLessThanOrEqual(hours.length)
    breakAt(undefined)
    expect((await all()).map(({ status }) => status)).toEqual(hours.map(() => 201))
    const left = (await allocationsOf(car)).filter(isKept)
    expect(left).toHaveLength(hours.length)
  })

  for (const step of ['', '/keep']) {
    for (const when of ['before', 'after'] as const) {
      it(`is completed by a retry, interrupted ${when} reservations${step}`, async () => {
        const car = await (step === '' ? addCar() : addCarToPickUp())
        breakAt({ path: `/api/reservations${step}`, when })
        expect((await book(car, `${step} ${when}`.trim().replace(' ', '-'))).status).toBe(503)
        breakAt(undefined)
        const again = await book(car, `${step} ${when}`.trim().replace(' ', '-'))
        expect(again.status).toBe(201)
        const rows = await allocationsOf(car)
        expect(rows).toMatchObject([{ id: again.body.items[0]?.allocation_id }])
        expect(rows.every(isKept)).toBe(true)
        expect(await listed()).toContain(again.body.id)
      })
    }
  }

  it('starts over when its hold ended meanwhile, and nobody saw the first', async () => {
    const car = await addCarToPickUp()
    breakAt({ path: '/api/reservations/keep', when: 'before' })
    expect((await book(car, 'late')).status).toBe(503)
    const before = await listed()
    const long = 'UPDATE allocations SET held_until'
    const url = split.inventory().databaseUrlOf('inventory')
    const past = url.startsWith('sqlite:') ? '1000' : "'2020-01-01T00:00:00Z'"
    await changeByHand(url, `${long} = ${past} WHERE held_until IS NOT NULL`)
    breakAt(undefined)
    const again = await book(car, 'late')
    expect(again.status).toBe(201)
    expect(before).not.toContain(again.body.id)
    expect(await allocationsOf(car)).toMatchObject([
      { id: again.body.items[0]?.allocation_id, held_until: again.body.check_in_by },
    ])
  })

  it('is completed by itself without a retry', async () => {
    const car = await addCarToPickUp()
    breakAt({ path: '/api/reservations/keep', when: 'before' })
    expect((await book(car, 'left')).status).toBe(503)
    breakAt(undefined)
    expect((await allocationsOf(car)).some(isKept)).toBe(false)
    bookings().startTasks()
    while (!(await allocationsOf(car)).some(isKept)) await Bun.sleep(50)
  }, 60_000)

  for (const when of ['before', 'after'] as const) {
    it(`moves once, interrupted ${when} the move`, async () => {
      const car = await addCar()
      const { body } = await book(car, `move-${when}`)
      const own = `/api/bookings/${body.id}`
      breakAt({ path: '/api/reservations/move', when })
      const change = { body: { to: at('12:00') } }
      expect((await send(bookings(), `PATCH ${own}`, change)).status).toBe(503)
      breakAt(undefined)
      expect((await send<Booking>(bookings(), `GET ${own}`, {})).body.to).toBe(at('12:00'))
      expect(await allocationsOf(car)).toMatchObject([{ to_datetime: at('12:00') }])
    })
  }

  it('stays where it was moved last, even if a copy of an earlier move arrives late', async () => {
    const car = await addCar()
    const own = `/api/bookings/${(await book(car, 'late-copy')).body.id}`
    for (const to of [at('13:00'), at('12:00')]) {
      expect((await send(bookings(), `PATCH ${own}`, { body: { to } })).status).toBe(200)
    }
    expect(split.moves()).toHaveLength(2)
    const [late] = split.moves()
    if (late) expect((await fetch(late)).status).toBe(409)
    expect(await allocationsOf(car)).toMatchObject([{ to_datetime: at('12:00') }])
  })

  it('is changed completely or not at all, whoever finishes a refused move', async () => {
    const car = await addCar()
    const { body } = await book(car, 'refused-later')
    const next = { from: at('11:00'), to: at('12:00') }
    expect((await book(car, 'in-its-way', next)).status).toBe(201)
    const own = `/api/bookings/${body.id}`
    breakAt({ path: '/api/reservations/move', when: 'before' })
    const change = { body: { to: at('12:00'), title: 'Longer' } }
    expect((await send(bookings(), `PATCH ${own}`, change)).status).toBe(503)
    breakAt(undefined)
    expect((await send<Booking>(bookings(), `GET ${own}`, {})).body).toEqual(body)
  })

  it('releases a booking that was cancelled while inventory was unavailable', async () => {
    const car = await addCar()
    const { body } = await book(car, 'cancelled')
    const cancel = () =>
      send<Booking>(bookings(), `POST /api/bookings/${body.id}/cancel`, {
        body: { reason: 'No visit' },
      })
    breakAt({ path: '/api/reservations/release', when: 'before' })
    expect((await cancel()).status).toBe(503)
    expect(await allocationsOf(car)).toHaveLength(1)
    breakAt(undefined)
    expect((await cancel()).body.state).toBe('cancelled')
    expect(await allocationsOf(car)).toEqual([])
  })

  it('is completed by itself although a hundred older ones cannot be', async () => {
    const car = await addCar()
    const { body } = await book(car, 'behind')
    breakAt({ path: '/api/reservations/keep', when: 'before' })
    const busy = await addCarToPickUp()
    const first = Date.parse(at('09:00'))
    for (let index = 0; index < 100; index++) {
      const time = (minutes: number) => new Date(first + minutes * 60_000).toISOString()
      const span = { from: time(index), to: time(index + 1) }
      expect((await book(busy, `stuck-${index}`, span)).status).toBe(503)
    }
    const past = 'UPDATE bookings SET unsettled'
    const url = bookings().databaseUrlOf('bookings')
    const long = url.startsWith('sqlite:') ? '1000' : "'2020-01-01T00:00:00Z'"
    await changeByHand(url, `${past} = ${long} WHERE unsettled IS NOT NULL`)
    breakAt({ path: '/api/reservations/release', when: 'before' })
    const cancel = { body: { reason: 'No visit' } }
    const cancelled = await send(bookings(), `POST /api/bookings/${body.id}/cancel`, cancel)
    expect(cancelled.status).toBe(503)
    breakAt({ path: '/api/reservations/keep', when: 'before' })
    bookings().startTasks()
    while ((await allocationsOf(car)).length > 0) await Bun.sleep(50)
  }, 60_000)
})
