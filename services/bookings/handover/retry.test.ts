import { expect, it } from 'bun:test'
import type { Problem } from '../../../shared/schemas/problem.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { useBookings } from '../fixture.ts'
import { useSplit } from '../testing/split.ts'
import { fromNow, useHandovers } from './fixture.ts'

const withKey = (key: string) => ({ 'idempotency-key': key })

describeStores('a handover whose response was lost', (makeDatabase) => {
  const tools = useBookings(makeDatabase)
  const { call, addResource, book } = tools
  const { checkOut, bringBack, extend, bookNow, listHandovers } = useHandovers(tools)
  const said = ({ body }: { body: object }) => {
    const { code, detail } = body as Problem
    return [code, detail]
  }

  it('lost_response: gets the same response again with its idempotency key', async () => {
    const { id } = await bookNow([await addResource()])
    const steps = [
      (key: string) => checkOut(id, [{ odometer: 5 }], { key: `${key}-out` }),
      (key: string) => extend(id, fromNow(3), { key: `${key}-longer` }),
      (key: string) => bringBack(id, [{ odometer: 9 }], { key: `${key}-back` }),
    ]
    const first = []
    for (const step of steps) first.push(await step(id))
    expect(first.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(first.map(({ body }) => body.state)).toEqual(['checked_out', 'checked_out', 'returned'])
    for (const [at, step] of steps.entries()) {
      const again = await step(id)
      expect(again).toMatchObject({ status: 200, body: first[at]?.body ?? {} })
      expect(again.headers.get('etag')).toBe(first[at]?.headers.get('etag') ?? '')
      expect(again.headers.get('idempotent-replayed')).toBe('true')
    }
    expect(first[0]?.headers.get('idempotent-replayed')).toBeNull()
    const other = await checkOut(id, [{ odometer: 6 }], { key: `${id}-out` })
    expect(said(other)[0]).toBe('idempotency_key_reused')
    expect(await listHandovers(`booking_id=${id}`)).toHaveLength(1)
  })

  it('says without a key that it is done: when, and whether by the caller', async () => {
    const { id } = await bookNow([await addResource()])
    await checkOut(id)
    const [out] = await listHandovers(`booking_id=${id}`)
    expect(said(await checkOut(id))).toEqual([
      'already_checked_out',
      `It was checked out by you at ${out?.checked_out.at}: nothing was changed.`,
    ])
    expect(said(await checkOut(id, [], 'admin'))[1]).toBe(
      `It was checked out at ${out?.checked_out.at}: nothing was changed.`,
    )
    expect((await extend(id, fromNow(3))).status).toBe(200)
    expect(said(await extend(id, fromNow(3)))[0]).toBe('already_extended')
    await bringBack(id, [], 'admin')
    expect(said(await bringBack(id))[0]).toBe('already_returned')
    expect(said(await bringBack(id, [], 'admin'))[1]).toContain('It was returned by you at')
  })

  it('says so to a request with the former version, too', async () => {
    const { id } = await bookNow([await addResource()])
    const etag =
      (await call('GET', `/api/bookings/${id}`, { as: 'anna' })).headers.get('etag') ?? ''
    const headers = { 'if-match': etag }
    const send = (step: string) =>
      call<Problem>('POST', `/api/bookings/${id}/${step}`, { as: 'anna', body: {}, headers })
    expect((await send('check_out')).status).toBe(200)
    expect((await send('check_out')).body.code).toBe('already_checked_out')
    expect((await send('return')).body.code).toBe('precondition_failed')
    expect((await bringBack(id)).status).toBe(200)
    expect((await send('return')).body.code).toBe('already_returned')
  })

  it('is not stored if it is a refusal: the same key succeeds later', async () => {
    const car = await addResource()
    const { id } = await bookNow([car])
    const next = await book(
      { items: [{ resource_id: car }], from: fromNow(2), to: fromNow(4) },
      'bert',
    )
    expect(next.status).toBe(201)
    const longer = () => extend(id, fromNow(3), { key: 'longer' })
    expect([said(await longer())[0], said(await longer())[0]]).toEqual([
      'not_all_free',
      'not_all_free',
    ])
    const given = { as: 'bert', body: { reason: 'No visit' } }
    expect((await call('POST', `/api/bookings/${next.body.id}/cancel`, given)).status).toBe(200)
    expect(await longer()).toMatchObject({ status: 200, body: { to: fromNow(3) } })
  })

  it('is done once by ten simultaneous copies, and all get the response', async () => {
    const { id } = await bookNow([await addResource()])
    const all = await Promise.all(
      Array.from({ length: 10 }, () => checkOut(id, [], { key: 'copies' })),
    )
    expect(new Set(all.map(({ status }) => status))).toEqual(new Set([200]))
    expect(new Set(all.map(({ headers }) => headers.get('etag'))).size).toBe(1)
    expect(all.filter(({ headers }) => !headers.has('idempotent-replayed'))).toHaveLength(1)
  })
})

describeStores('a handover interrupted on its way to inventory', (makeDatabase) => {
  const { bookings, send, addCar, book, breakAt } = useSplit(makeDatabase)

  for (const when of ['before', 'after'] as const) {
    it(`is completed by its retry, interrupted ${when} inventory was told`, async () => {
      const car = await addCar()
      const span = { from: new Date(Date.now() - 1000).toISOString(), to: fromNow(2) }
      const { body } = await book(car, `retry-${when}`, span)
      const step = (name: string, given: object) =>
        send<{ state: string; to: string } & Problem>(
          bookings(),
          `POST /api/bookings/${body.id}/${name}`,
          { body: given, headers: withKey(`${name}-${when}`) },
        )
      expect((await step('check_out', {})).status).toBe(200)
      breakAt({ path: '/api/reservations/move', when })
      expect((await step('extend', { to: fromNow(3) })).status).toBe(503)
      expect((await step('extend', { to: fromNow(3) })).status).toBe(503)
      breakAt(undefined)
      const longer = await step('extend', { to: fromNow(3) })
      expect(longer).toMatchObject({ status: 200, body: { to: fromNow(3) } })
      expect(longer.headers.get('idempotent-replayed')).toBe('true')
      breakAt({ path: '/api/reservations/move', when })
      expect((await step('return', {})).status).toBe(503)
      breakAt(undefined)
      expect(await step('return', {})).toMatchObject({ status: 200, body: { state: 'returned' } })
    })
  }

  it('drops an extension that turned out to be impossible', async () => {
    const car = await addCar()
    const span = { from: new Date(Date.now() - 1000).toISOString(), to: fromNow(2) }
    const { body } = await book(car, 'impossible', span)
    const extend = () =>
      send<Problem>(bookings(), `POST /api/bookings/${body.id}/extend`, {
        body: { to: fromNow(3) },
        headers: withKey('impossible-longer'),
      })
    breakAt({ path: '/api/reservations/move', when: 'before' })
    expect((await extend()).status).toBe(503)
    breakAt(undefined)
    const other = await book(car, 'in-between', { from: fromNow(2), to: fromNow(4) })
    expect(other.status).toBe(201)
    expect((await extend()).body.code).toBe('not_all_free')
    expect((await extend()).body.code).toBe('not_all_free')
  })
})
