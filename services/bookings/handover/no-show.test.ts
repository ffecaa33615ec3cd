import { expect, it } from 'bun:test'
import type { Booking, BookingAudit } from '../../../shared/schemas/booking.ts'
import type { Problem } from '../../../shared/schemas/problem.ts'
import type { WaitlistEntry } from '../../../shared/schemas/waitlist.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { useBookings } from '../fixture.ts'
import { fromNow, useHandovers } from './fixture.ts'

const rules = { check_in: { within: 'PT30M' } }

describeStores('a booking with a check-in deadline', (makeDatabase) => {
  const tools = useBookings(makeDatabase)
  const { call, addResource, addType, book, allocationsOf, setPolicy } = tools
  const { checkOut, bringBack, bookNow, byHand, inSql, listHandovers, moveBack } =
    useHandovers(tools)
  const codeOf = ({ body }: { body: object }) => (body as Problem).code
  const get = async (id: string) =>
    (await call<Booking>('GET', `/api/bookings/${id}`, { as: 'anna' })).body
  const audit = async () => (await call<BookingAudit>('GET', '/api/bookings/audit')).body
  const nothing = { unbacked: 0, orphaned: 0, rule_broken: 0, over_quota: 0 }

  /** Moves the deadline to just now, in both databases. */
  async function letPass({ number }: Booking): Promise<void> {
    const past = inSql(-0.01)
    await byHand('bookings', `UPDATE bookings SET check_in_by = ${past} WHERE number = '${number}'`)
    const ofIt = `reference = '${number}'`
    await byHand('inventory', `UPDATE allocations SET held_until = ${past} WHERE ${ofIt}`)
  }

  async function addRuled(more = {}): Promise<string> {
    const type = await addType()
    await setPolicy({ type, rules: { ...rules, ...more } })
    return addResource(type)
  }

  it('is held until then, and confirmed when it is checked out', async () => {
    const car = await addRuled()
    const { body } = await book({
      items: [{ resource_id: car }],
      from: fromNow(0),
      to: fromNow(2),
    })
    const { id, check_in_by } = body
    // Half an hour from when check-in was possible: it was booked a moment after its start.
    const wait = Date.parse(check_in_by ?? '') - Date.parse(body.created)
    expect(wait).toBeWithin(29 * 60_000, 30 * 60_000 + 1)
    expect(await allocationsOf(car)).toMatchObject([{ status: 'held', held_until: check_in_by }])
    expect(await audit()).toMatchObject(nothing)
    expect((await checkOut(id)).body).toMatchObject({ state: 'checked_out', check_in_by: null })
    expect(await allocationsOf(car)).toMatchObject([{ status: 'confirmed', held_until: null }])
    expect((await bringBack(id)).status).toBe(200)
    expect(await audit()).toMatchObject(nothing)
  })

  it('is a no-show at that moment: the rest is free, without anything running', async () => {
    const car = await addRuled({ quotas: [{ per: 'moment', count: 1 }] })
    const booking = await bookNow([car])
    await letPass(booking)
    expect((await get(booking.id)).state).toBe('no_show')
    const listed = await call<Booking[]>('GET', '/api/bookings?state=no_show', { as: 'anna' })
    expect(listed.body.map(({ id }) => id)).toEqual([booking.id])
    expect(await allocationsOf(car)).toEqual([])
    expect(await audit()).toMatchObject(nothing)
    expect(codeOf(await checkOut(booking.id))).toBe('no_show')
    const change = { as: 'anna', body: { to: fromNow(3) } }
    expect(codeOf(await call('PATCH', `/api/bookings/${booking.id}`, change))).toBe(
      'booking_closed',
    )
    // It no longer uses up quota.
    const again = await bookNow([car])
    expect((await checkOut(again.id)).status).toBe(200)
  })

  it('leaves the rest to the waiting list, not to the next request', async () => {
    const car = await addRuled()
    const booking = await bookNow([car])
    const wanted = { from_datetime: fromNow(1), to_datetime: fromNow(2) }
    const waiting = await call<WaitlistEntry>('POST', '/api/waitlist', {
      body: { resource_id: car, ...wanted, on_free: 'book' },
    })
    expect(waiting.status).toBe(201)
    await letPass(booking)
    const items = [{ resource_id: car }]
    const late = await book({ items, from: fromNow(1), to: fromNow(2) }, 'bert')
    expect(codeOf(late)).toBe('not_all_free')
    expect(await allocationsOf(car)).toMatchObject([wanted])
  })

  it('checked out at the last moment is checked out once, or lapses', async () => {
    const car = await addRuled()
    const booking = await bookNow([car])
    // Inventory, whose clock decides, is ahead.
    const past = `held_until = ${inSql(-0.01)} WHERE reference = '${booking.number}'`
    await byHand('inventory', `UPDATE allocations SET ${past}`)
    expect(codeOf(await checkOut(booking.id))).toBe('no_show')
    expect((await get(booking.id)).state).toBe('no_show')
    expect(await listHandovers(`resource_id=${car}`)).toEqual([])
    expect(await audit()).toMatchObject(nothing)
    expect((await checkOut((await bookNow([car])).id)).status).toBe(200)
  })

  it('moves with its deadline, and stays held when the move is refused', async () => {
    const car = await addRuled()
    const items = [{ resource_id: car }]
    const { id } = (await book({ items, from: fromNow(1), to: fromNow(2) })).body
    const move = (body: object) =>
      call<Booking>('PATCH', `/api/bookings/${id}`, { as: 'anna', body })
    const held = async () => (await allocationsOf(car)).map((it) => it.held_until)
    expect((await get(id)).check_in_by).toBe(fromNow(1.5))
    const later = await move({ from: fromNow(3), to: fromNow(4) })
    expect(later.body.check_in_by).toBe(fromNow(3.5))
    expect(await held()).toEqual([fromNow(3.5)])
    const sooner = await move({ from: fromNow(2), to: fromNow(4) })
    expect(sooner.body.check_in_by).toBe(fromNow(2.5))
    expect(await held()).toEqual([fromNow(2.5)])
    // A later end does not extend the deadline.
    expect((await move({ to: fromNow(5) })).body.check_in_by).toBe(fromNow(2.5))
    await book({ items, from: fromNow(6), to: fromNow(7) }, 'bert')
    expect((await move({ from: fromNow(6), to: fromNow(7) })).status).toBe(409)
    expect((await get(id)).check_in_by).toBe(fromNow(2.5))
    expect(await held()).toEqual([fromNow(2.5), fromNow(6.5)])
    const free = await addResource()
    const swap = [{ allocation_id: (await get(id)).items[0]?.allocation_id, resource_id: free }]
    expect((await move({ swap })).body.check_in_by).toBeNull()
    expect(await allocationsOf(free)).toMatchObject([{ status: 'confirmed' }])
    expect(await audit()).toMatchObject(nothing)
  })

  it('does not lapse for a user who came in time, but waits for a late return', async () => {
    const car = await addRuled()
    const late = await bookNow([car])
    expect((await checkOut(late.id)).status).toBe(200)
    await moveBack(late)
    const next = await bookNow([car], 'bert')
    expect(next.check_in_by).not.toBeNull()
    expect(codeOf(await checkOut(next.id, [], 'bert'))).toBe('still_out')
    const kept = await call<Booking>('GET', `/api/bookings/${next.id}`, { as: 'bert' })
    expect(kept.body).toMatchObject({ state: 'confirmed', check_in_by: null })
    expect(await allocationsOf(car)).toContainEqual(
      expect.objectContaining({ status: 'confirmed', reference: next.number }),
    )
    expect((await bringBack(late.id)).status).toBe(200)
    expect((await checkOut(next.id, [], 'bert')).status).toBe(200)
    expect(await audit()).toMatchObject(nothing)
  })

  it('keeps its deadline once it has begun, even if its start moves back', async () => {
    const car = await addRuled()
    const { id, check_in_by: before } = await bookNow([car])
    const change = { as: 'anna', body: { from: fromNow(-0.1) } }
    const moved = await call<Booking>('PATCH', `/api/bookings/${id}`, change)
    expect([moved.status, moved.body.check_in_by]).toEqual([200, before])
  })

  it('counts its deadline from approval', async () => {
    const car = await addRuled({ approval: { when: 'always' } })
    const items = [{ resource_id: car }]
    const { id, check_in_by } = (await book({ items, from: fromNow(2), to: fromNow(4) })).body
    expect(check_in_by).toBeNull()
    const approved = await call<Booking>('POST', `/api/bookings/${id}/approve`)
    expect(approved.body).toMatchObject({ state: 'confirmed', check_in_by: fromNow(2.5) })
    expect(await allocationsOf(car)).toMatchObject([{ status: 'held', held_until: fromNow(2.5) }])
    expect(await audit()).toMatchObject(nothing)
  })
})
