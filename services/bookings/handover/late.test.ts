import { expect, it } from 'bun:test'
import type { Booking, BookingAudit } from '../../../shared/schemas/booking.ts'
import type { Problem } from '../../../shared/schemas/problem.ts'
import type { ResourceType } from '../../../shared/schemas/resource-type.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { useBookings } from '../fixture.ts'
import { fromNow, useHandovers } from './fixture.ts'

describeStores('the end of a booking that is checked out', (makeDatabase) => {
  const tools = useBookings(makeDatabase)
  const { call, addResource, addType, book, allocationsOf, setPolicy, idOf } = tools
  const { checkOut, bringBack, extend, bookNow, listHandovers, moveBack } = useHandovers(tools)
  const get = async (id: string, as = 'anna') =>
    (await call<Booking>('GET', `/api/bookings/${id}`, { as })).body
  const codeOf = ({ body }: { body: object }) => (body as Problem).code

  it('is visible when late: by state, in the list, to the next user', async () => {
    const car = await addResource()
    const first = await bookNow([car])
    await checkOut(first.id)
    await moveBack(first)
    const late = await get(first.id)
    expect(late.state).toBe('late')
    const person = await idOf('anna')
    const list = async (state: string) =>
      (await call<Booking[]>('GET', `/api/bookings?state=${state}&person=${person}`)).body
    expect((await list('late')).map(({ id }) => id)).toEqual([first.id])
    expect(await list('checked_out')).toEqual([])
    const next = await bookNow([car], 'bert')
    expect((await get(next.id, 'bert')).items[0]?.late_since).toBe(late.to)
    const [listed] = (await call<Booking[]>('GET', '/api/bookings?mine=true', { as: 'bert' })).body
    expect(listed?.items[0]?.late_since).toBe(late.to)
    const back = await bringBack(first.id)
    expect(back.body).toMatchObject({ state: 'returned', to: late.to })
    expect((await get(next.id, 'bert')).items[0]).not.toHaveProperty('late_since')
    expect(await listHandovers(`booking_id=${first.id}`)).toMatchObject([{ late: true }])
  })

  it('extends_into_next: is extended if the time is free and the rules allow it', async () => {
    const type = await addType()
    const car = await addResource(type)
    const { id, to } = await bookNow([car])
    await setPolicy({ type, rules: { maximum_duration: 'PT12H' } })
    await checkOut(id)
    expect(codeOf(await extend(id, fromNow(1)))).toBe('invalid_input')
    expect(codeOf(await extend(id, to))).toBe('already_extended')
    expect((await extend(id, fromNow(3), 'bert')).status).toBe(403)
    expect(await extend(id, fromNow(3))).toMatchObject({
      status: 200,
      body: { state: 'checked_out', to: fromNow(3) },
    })
    expect((await allocationsOf(car))[0]?.to_datetime).toBe(fromNow(3))
    expect(codeOf(await extend(id, fromNow(20)))).toBe('policy_refused')
    const items = [{ resource_id: car }]
    await book({ items, from: fromNow(4), to: fromNow(5) }, 'bert')
    expect(codeOf(await extend(id, fromNow(5)))).toBe('not_all_free')
    expect((await get(id)).to).toBe(fromNow(3))
    await moveBack(await get(id))
    expect(await extend(id, fromNow(4))).toMatchObject({ body: { state: 'checked_out' } })
    // A shorter booking is a return.
    const change = (body: object) =>
      call<Problem>('PATCH', `/api/bookings/${id}`, { as: 'anna', body })
    for (const body of [{ to: fromNow(3) }, { from: fromNow(-1) }]) {
      expect((await change(body)).status).toBe(422)
    }
    expect((await change({ title: 'Another visit' })).status).toBe(200)
  })

  it('breaks no rule by an early return, and restores the rest of the quota', async () => {
    const type = await addType()
    const [car, other] = [await addResource(type), await addResource(type)]
    const quotas = [{ per: 'moment', count: 1 }]
    await setPolicy({ type, rules: { minimum_duration: 'PT2H', quotas } })
    const { id } = (
      await book({ items: [{ resource_id: car }], from: fromNow(-0.5), to: fromNow(2) })
    ).body
    const next = { items: [{ resource_id: other }], from: fromNow(0.5), to: fromNow(3) }
    expect(codeOf(await book(next))).toBe('policy_refused')
    await checkOut(id)
    expect((await bringBack(id)).status).toBe(200)
    expect((await book(next)).status).toBe(201)
    const { body } = await call<BookingAudit>('GET', '/api/bookings/audit')
    expect(body).toMatchObject({ unbacked: 0, orphaned: 0, rule_broken: 0, over_quota: 0 })
  })

  it('becomes the end of the current slot, on a grid: later slots are free', async () => {
    const name = `Court ${Date.now()}`
    const body = { name, kind: 'interval', slot_seconds: 3600 }
    const type = await call<ResourceType>('POST', '/api/resource_types', { body })
    expect(type.status).toBe(201)
    const [court, other] = [await addResource(name), await addResource(name)]
    const hour = Math.floor(Date.now() / 3_600_000)
    const slot = (after: number) => new Date((hour + after) * 3_600_000).toISOString()
    const items = [{ resource_id: court }]
    const made = await book({ items, from: slot(0), to: slot(3) })
    expect(made.status).toBe(201)
    await checkOut(made.body.id)
    expect((await bringBack(made.body.id)).body).toMatchObject({ state: 'returned', to: slot(3) })
    const [kept, ...none] = await allocationsOf(court)
    expect(none).toEqual([])
    expect([slot(1), slot(2)]).toContain(kept?.to_datetime ?? '')
    expect((await book({ items, from: slot(2), to: slot(3) }, 'bert')).status).toBe(201)
    // In its last slot there is nothing to give back.
    const last = [{ resource_id: other }]
    const short = (await book({ items: last, from: slot(0), to: slot(1) })).body
    await checkOut(short.id)
    expect((await bringBack(short.id)).body.state).toBe('returned')
    expect(await allocationsOf(other)).toMatchObject([{ to_datetime: slot(1) }])
  })
})
