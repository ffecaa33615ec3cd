import { expect, it } from 'bun:test'
import type { Allocation } from '../../../shared/schemas/allocation.ts'
import type { Booking } from '../../../shared/schemas/booking.ts'
import type { BookingSeries, BookingSeriesOutlook } from '../../../shared/schemas/booking-series.ts'
import type { Problem } from '../../../shared/schemas/problem.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { at, useBookings } from '../fixture.ts'
import { useSplit } from '../testing/split.ts'

const path = '/api/bookings/series'
const perDay = 12

describeStores('a change of a series has bounds', (makeDatabase) => {
  const tools = useBookings(makeDatabase, {
    environment: { USER_BOOKINGS_PER_DAY: String(perDay) },
  })
  const { call, addResource, book } = tools

  async function repeat(car: string, as: string, more: object = {}): Promise<string> {
    const body = {
      items: [{ resource_id: car }],
      from: at('09:00'),
      to: at('10:00'),
      title: 'A round',
      rule: 'FREQ=DAILY;COUNT=4',
      time_zone: 'UTC',
      ...more,
    }
    const made = await call<BookingSeries>('POST', path, { body, as })
    expect(made.status).toBe(201)
    return made.body.id
  }
  const change = (id: string, as: string, body: object) =>
    call<BookingSeriesOutlook & Problem>('PATCH', `${path}/${id}`, {
      as,
      body: { scope: 'all', ...body },
    })
  const get = async (id: string) =>
    (await call<BookingSeries>('GET', `${path}/${id}`)).body.occurrences

  it('former_buffers: keeps the buffers it was booked with', async () => {
    const car = await addResource()
    const setBuffer = (buffer_after_seconds: number) =>
      call('PATCH', `/api/resources/${car}`, { body: { buffer_after_seconds } })
    expect((await setBuffer(1800)).status).toBe(200)
    const id = await repeat(car, 'anna')
    expect((await setBuffer(0)).status).toBe(200)
    const span = { from: at('15:00', 2), to: at('16:00', 2) }
    expect((await book({ items: [{ resource_id: car }], ...span }, 'bert')).status).toBe(201)
    const body = { start_time: '14:00' }
    const refused = await change(id, 'anna', body)
    expect(refused).toMatchObject({ status: 409, body: { code: 'not_all_free' } })
    const { occurrences = [] } = refused.body as Partial<BookingSeriesOutlook>
    expect(occurrences.map(({ date }) => date)).toEqual(['2027-03-02'])
    expect((await change(id, 'anna', { ...body, on_conflict: 'skip' })).status).toBe(200)
    const starts = (await get(id)).map(({ from }) => from.slice(11, 16))
    expect(starts).toEqual(['14:00', '09:00', '14:00', '14:00'])
  })

  it("counts each changed day against the caller's daily limit", async () => {
    const id = await repeat(await addResource(), 'carla')
    for (let spent = 4; spent < perDay; spent += 4) {
      expect((await change(id, 'carla', { title: `Title ${spent}` })).status).toBe(200)
    }
    expect((await change(id, 'carla', { start_time: '11:00', dry_run: true })).status).toBe(200)
    const refused = await change(id, 'carla', { start_time: '11:00' })
    expect(refused).toMatchObject({ status: 429, body: { code: 'daily_limit_reached' } })
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await get(id)).map(({ from }) => from.slice(11, 16))).toEqual(Array(4).fill('09:00'))
    expect((await change(id, 'admin', { start_time: '11:00' })).status).toBe(200)
  })

  it('lost_changes: costs nothing of the daily limit when another change came first', async () => {
    const id = await repeat(await addResource(), 'fay')
    const { headers } = await call('GET', `${path}/${id}`)
    const ifMatch = { 'if-match': headers.get('etag') ?? '' }
    const both = await Promise.all(
      ['One', 'Two'].map((title) =>
        call('PATCH', `${path}/${id}`, {
          as: 'fay',
          body: { scope: 'all', title },
          headers: ifMatch,
        }),
      ),
    )
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 412])
    expect((await change(id, 'fay', { title: 'Three' })).status).toBe(200)
    expect((await change(id, 'fay', { title: 'Four' })).status).toBe(429)
  })

  it('counts like that of a single booking, its text and its end too', async () => {
    const car = await addResource()
    const { body } = await book({ items: [{ resource_id: car }] }, 'dan')
    const changeOne = (more: object, as = 'dan', headers = {}) =>
      call<Problem>('PATCH', `/api/bookings/${body.id}`, { as, body: more, headers })
    const first = await changeOne({ title: 'Once' }, 'dan', { 'idempotency-key': 'one' })
    expect(first.status).toBe(200)
    // Refused for its content or its version, it was no change; nor is a retry.
    expect((await changeOne({ from: at('12:00') })).status).toBe(422)
    expect((await changeOne({ title: 'x' }, 'dan', { 'if-match': '"v9"' })).status).toBe(412)
    expect((await changeOne({ title: 'Once' }, 'dan', { 'idempotency-key': 'one' })).status).toBe(
      200,
    )
    // One to create it, one for its title.
    for (let spent = 2; spent < perDay; spent++) {
      expect((await changeOne({ to: at(`${spent + 10}:00`) })).status).toBe(200)
    }
    const refusal = { status: 429, body: { code: 'daily_limit_reached' } }
    expect(await changeOne({ to: at('23:00') })).toMatchObject(refusal)
    expect(await changeOne({ title: 'Twice' })).toMatchObject(refusal)
    const extended = await call('POST', `/api/bookings/${body.id}/extend`, {
      as: 'dan',
      body: { to: at('23:00') },
    })
    expect(extended).toMatchObject(refusal)
    expect((await changeOne({ to: at('23:00') }, 'admin')).status).toBe(200)
    expect((await call('POST', `/api/bookings/${body.id}/cancel`, { as: 'dan' })).status).toBe(200)
  })

  it('refused_moves: costs nothing of the daily limit when it is refused', async () => {
    const [car, taken] = [await addResource(), await addResource()]
    const { body } = await book({ items: [{ resource_id: car }] }, 'gina')
    expect((await book({ items: [{ resource_id: taken }] })).status).toBe(201)
    const allocation_id = body.items[0]?.allocation_id ?? ''
    const changeOne = (more: object) =>
      call<Problem>('PATCH', `/api/bookings/${body.id}`, { as: 'gina', body: more })
    for (let tried = 0; tried <= perDay; tried++) {
      const refused = await changeOne({ swap: [{ allocation_id, resource_id: taken }] })
      expect(refused).toMatchObject({ status: 409, body: { code: 'not_all_free' } })
    }
    for (let spent = 1; spent < perDay; spent++) {
      expect((await changeOne({ title: `No. ${spent}` })).status).toBe(200)
    }
    expect((await changeOne({ title: 'One more' })).status).toBe(429)
  })

  it('offset_of_today: keeps its length where the clocks skip all of it', async () => {
    const zone = { time_zone: 'Europe/Berlin', rule: 'FREQ=DAILY;COUNT=3' }
    const first = { from: '2027-03-27T08:00:00Z', to: '2027-03-27T09:00:00Z' }
    const id = await repeat(await addResource(), 'admin', { ...zone, ...first })
    const changed = await change(id, 'admin', { start_time: '02:45', duration: 'PT30M' })
    expect(changed.status).toBe(200)
    const spans = (await get(id)).map(({ from, to }) => [from.slice(8, 16), to.slice(8, 16)])
    expect(spans).toEqual([
      ['27T01:45', '27T02:15'],
      ['28T01:45', '28T02:15'],
      ['29T00:45', '29T01:15'],
    ])
  })
})

describeStores('a late copy of a change', (makeDatabase) => {
  const { book, breakAt, bookings, inventory, send, tokenOf, addCar, allocationsOf, keeps } =
    useSplit(makeDatabase)

  it('held_by_a_copy: does not extend the hold of a request', async () => {
    const rules = { approval: { when: 'always' } }
    await send(bookings(), 'POST /api/policies', { body: { type: 'Car', rules } })
    const car = await addCar()
    const headers = { authorization: `Bearer ${await tokenOf('anna')}` }
    const soon = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString()
    const made = await send<Booking>(bookings(), 'POST /api/bookings', {
      body: { items: [{ resource_id: car }], from: soon(30), to: soon(31), title: 'Later' },
      headers,
    })
    expect(made.body.state).toBe('requested')
    const sooner = { body: { from: soon(20), to: soon(21) }, headers }
    const changed = await send<Booking>(bookings(), `PATCH /api/bookings/${made.body.id}`, sooner)
    const { decide_by } = changed.body
    expect(Date.parse(decide_by ?? '')).toBeLessThan(Date.parse(made.body.decide_by ?? ''))
    const heldUntil = async () => ((await allocationsOf(car)) as Allocation[])[0]?.held_until
    expect(await heldUntil()).toBe(decide_by)
    for (const late of keeps()) expect((await fetch(late)).status).toBe(200)
    expect(await heldUntil()).toBe(decide_by)
    expect(inventory()).toBeDefined()
  })

  it('words_alone: changes text while inventory is unavailable', async () => {
    const { body } = await book(await addCar(), 'words')
    breakAt({ path: '/api/reservations/changes', when: 'before' })
    const change = (more: object) =>
      send<Booking>(bookings(), `PATCH /api/bookings/${body.id}`, { body: more })
    expect(await change({ title: 'Other' })).toMatchObject({
      status: 200,
      body: { title: 'Other' },
    })
    expect((await change({ to: at('12:00') })).status).toBe(503)
  })
})
