import { expect, it } from 'bun:test'
import { minute_ms } from '../../../shared/duration.ts'
import type { Booking, BookingAudit } from '../../../shared/schemas/booking.ts'
import type { ResourceNow } from '../../../shared/schemas/handover.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { useBookings } from '../fixture.ts'
import { fromNow, useHandovers } from './fixture.ts'

describeStores('a pick-up before the start', (makeDatabase) => {
  const tools = useBookings(makeDatabase)
  const { call, addResource, addType, addGroup, setPolicy, book, allocationsOf } = tools
  const { checkOut, bringBack, bookNow, listHandovers, byHand, inSql } = useHandovers(tools)
  const read = async ({ id }: Booking) => (await call<Booking>('GET', `/api/bookings/${id}`)).body
  const outOf = (resource: string) => listHandovers(`resource_id=${resource}&out=true`, 'admin')
  const later = async (resource: string, as = 'anna') => {
    const items = [{ resource_id: resource }]
    const made = await book({ items, from: fromNow(2), to: fromNow(4) }, as)
    expect(made.status).toBe(201)
    return made.body
  }
  /** A type that gina manages. */
  async function addManaged(rules: object) {
    const type = await addType()
    const group = await addGroup('gina')
    const rights = [
      { group: null, may: 'book' },
      { group, may: 'manage' },
    ]
    await setPolicy({ type, rules: { time_zone: 'UTC', rights, ...rules } })
    return type
  }

  it('begins the booking now, for all who look', async () => {
    const car = await addResource()
    const booking = await later(car)
    const before = Date.now()
    const out = await checkOut(booking.id, [{ odometer: 100 }])
    expect(out).toMatchObject({ status: 200, body: { state: 'checked_out', to: booking.to } })
    const begun = Date.parse(out.body.from)
    expect(begun).toBeGreaterThanOrEqual(before)
    expect(begun).toBeLessThanOrEqual(Date.now())
    expect(await read(booking)).toEqual(out.body)
    expect(await allocationsOf(car)).toMatchObject([
      { from_datetime: out.body.from, to_datetime: booking.to, held_until: null },
    ])
    const gap = { items: [{ resource_id: car }], from: fromNow(1), to: fromNow(1.5) }
    expect((await book(gap, 'bert')).status).toBe(409)
    expect((await bringBack(booking.id)).body.state).toBe('returned')
  })

  it('is refused while somebody else has that time, and changes nothing', async () => {
    const car = await addResource()
    const first = await bookNow([car], 'bert')
    const booking = await later(car)
    const refused = await checkOut(booking.id, [{ odometer: 100 }], { key: 'too-early' })
    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'not_all_free', items: [{ conflicts: [{ to_datetime: first.to }] }] },
    })
    expect(await read(booking)).toEqual(booking)
    expect(await outOf(car)).toEqual([])
    expect((await checkOut(first.id, [], 'bert')).status).toBe(200)
    expect((await checkOut(booking.id)).body.code).toBe('still_out')
    expect((await bringBack(first.id, [], 'bert')).status).toBe(200)
    const out = await checkOut(booking.id, [{ odometer: 100 }], { key: 'too-early' })
    expect(out.body.state).toBe('checked_out')
    expect(await outOf(car)).toHaveLength(1)
  })

  it('is bound by the rules and quotas of a move', async () => {
    const shorter = { maximum_duration: 'PT3H' }
    const quota = { quotas: [{ per: 'week', hours: 3 }] }
    for (const [rules, rule] of [
      [shorter, 'maximum_duration'],
      [quota, 'quotas'],
    ] as const) {
      const car = await addResource(await addManaged(rules))
      const booking = await later(car)
      for (const as of ['anna', 'gina']) {
        const refused = await checkOut(booking.id, [], as)
        expect(refused).toMatchObject({ status: 422, body: { rules: [{ rule }] } })
      }
      expect(await read(booking)).toEqual(booking)
      expect(await outOf(car)).toEqual([])
    }
  })

  it('lasts no longer than any booking may', async () => {
    const items = [{ resource_id: await addResource() }]
    const span = { from: fromNow(500 * 24), to: fromNow(501 * 24) }
    const { body } = await book({ items, ...span })
    const refused = await checkOut(body.id)
    expect(refused).toMatchObject({ status: 422, body: { code: 'span_too_long' } })
    expect(await read(body)).toEqual(body)
  })

  it('adds no time on what is hidden from who asks, or was taken back', async () => {
    const car = await addResource()
    const booking = await later(car)
    const visible = (visible_to: string[] | null) =>
      call('PATCH', `/api/resources/${car}`, { body: { visible_to } })
    expect((await visible([])).status).toBe(200)
    const hidden = await checkOut(booking.id)
    expect(hidden).toMatchObject({
      status: 409,
      body: { code: 'not_all_free', items: [{ item: 0, code: 'resource_not_found' }] },
    })
    expect(await read(booking)).toEqual(booking)
    expect((await visible(null)).status).toBe(200)
    const lose = (lost: string) =>
      byHand(
        'bookings',
        `UPDATE booking_items SET lost = ${lost}
          WHERE booking_id = (SELECT id FROM bookings WHERE number = '${booking.number}')`,
      )
    await lose(inSql(0))
    expect((await checkOut(booking.id)).body.code).toBe('booking_lost')
    await lose('NULL')
    expect((await checkOut(booking.id)).status).toBe(200)
  })

  it('needs the notice that a member has to give, unless a manager hands it out', async () => {
    const car = await addResource(await addManaged({ minimum_notice: 'PT1H' }))
    const booking = await later(car)
    const refused = await checkOut(booking.id)
    expect(refused).toMatchObject({ status: 422, body: { rules: [{ rule: 'minimum_notice' }] } })
    expect((await checkOut(booking.id, [], 'gina')).status).toBe(200)
  })

  it('begins with the slot that has begun, and the step of its rules', async () => {
    const slots = 'Half hours'
    const kind = { name: slots, slot_seconds: 1800 }
    expect((await call('POST', '/api/resource_types', { body: kind })).status).toBe(201)
    const steps = await addManaged({ granularity: 'PT15M', minimum_notice: 'PT0M' })
    const hour = Math.ceil(Date.now() / (60 * minute_ms)) * 60 * minute_ms
    const at = (hours: number) => new Date(hour + hours * 60 * minute_ms).toISOString()
    for (const [type, minutes] of [
      [slots, 30],
      [steps, 15],
    ] as const) {
      const items = [{ resource_id: await addResource(type) }]
      const made = await book({ items, from: at(1), to: at(2) })
      expect(made.status).toBe(201)
      const out = await checkOut(made.body.id)
      expect(out.status).toBe(200)
      const begun = Date.parse(out.body.from)
      expect(begun % (minutes * minute_ms)).toBe(0)
      expect(Date.now() - begun).toBeLessThan((minutes + 1) * minute_ms)
    }
  })

  it('keeps what was held until its check-in, or holds it as before', async () => {
    const type = await addManaged({ check_in: { within: 'PT30M' } })
    const [free, taken] = [await addResource(type), await addResource(type)]
    const [one, other] = [await later(free), await later(taken)]
    const first = await bookNow([taken], 'bert')
    expect((await checkOut(one.id)).body).toMatchObject({ state: 'checked_out', check_in_by: null })
    expect(await allocationsOf(free)).toMatchObject([{ held_until: null }])
    expect((await checkOut(other.id)).status).toBe(409)
    expect(await read(other)).toEqual(other)
    // Nor does it become one that never lapses, while it is out.
    expect((await checkOut(first.id, [], 'bert')).status).toBe(200)
    expect((await checkOut(other.id)).body.code).toBe('still_out')
    expect(await read(other)).toEqual(other)
    const held = (await allocationsOf(taken)).find((it) => it.reference === other.number)
    expect(held?.held_until).toBe(other.check_in_by)
  })

  it('and a booking of the time before: one of them wins', async () => {
    for (let round = 0; round < 5; round++) {
      const car = await addResource()
      const booking = await later(car)
      const gap = { items: [{ resource_id: car }], from: fromNow(0.5), to: fromNow(1) }
      const [out, ...others] = await Promise.all([
        checkOut(booking.id),
        ...Array.from({ length: 4 }, () => book(gap, 'bert')),
      ])
      const isOut = out?.status === 200
      expect(others.filter(({ status }) => status === 201)).toHaveLength(isOut ? 0 : 1)
      expect((await read(booking)).state).toBe(isOut ? 'checked_out' : 'confirmed')
      expect(await outOf(car)).toHaveLength(isOut ? 1 : 0)
    }
    const { body } = await call<BookingAudit>('GET', '/api/bookings/audit')
    expect(body).toMatchObject({ unbacked: 0, orphaned: 0, rule_broken: 0, over_quota: 0 })
  })

  it('is offered in front of it, within the hour and while nothing is in between', async () => {
    const offersOf = async (resource: string) => {
      const drawn = (await call<string>('GET', `/api/qr_codes/${resource}`)).body
      const code = />([0-9A-Z]{5}-[0-9A-Z]{5})</.exec(drawn)?.[1] ?? ''
      const now = await call<ResourceNow>('GET', `/api/resource_codes/${code}`, { as: 'anna' })
      return now.body.offers
    }
    const [soon, late, taken] = [await addResource(), await addResource(), await addResource()]
    const bookAt = (resource: string, from: number) =>
      book({ items: [{ resource_id: resource }], from: fromNow(from), to: fromNow(from + 1) })
    for (const car of [soon, taken]) expect((await bookAt(car, 0.5)).status).toBe(201)
    await bookAt(late, 3)
    const between = { items: [{ resource_id: taken }], from: fromNow(0.2), to: fromNow(0.4) }
    expect((await book(between, 'bert')).status).toBe(201)
    expect(await offersOf(soon)).toContain('check_out')
    expect(await offersOf(late)).not.toContain('check_out')
    expect(await offersOf(taken)).not.toContain('check_out')
  })
})
