import { expect, it } from 'bun:test'
import type { Booking } from '../../shared/schemas/booking.ts'
import type { Problem } from '../../shared/schemas/problem.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { at, useBookings } from './fixture.ts'

const nowhere = '01a1fe45-0000-7000-8000-000000000000'

describeStores('a move to a hidden resource', (makeDatabase) => {
  const { call, addResource, book } = useBookings(makeDatabase)

  const hide = (resource: string) =>
    call('PATCH', `/api/resources/${resource}`, { body: { visible_to: [] } })
  const take = (resource: string, from: string, to: string) => {
    const body = { from_datetime: at(from), to_datetime: at(to) }
    return call('POST', `/api/resources/${resource}/allocations`, { body })
  }
  const change = (id: string, body: object, as = 'anna') =>
    call<Booking & Problem>('PATCH', `/api/bookings/${id}`, { as, body })

  it('gets the response for an unknown resource, free or not', async () => {
    const [free, taken] = [await addResource(), await addResource()]
    await take(taken, '09:00', '11:00')
    for (const resource of [free, taken]) await hide(resource)
    const items = [{ resource_id: await addResource() }, { resource_id: await addResource() }]
    const { body } = await book({ items })
    const [, second] = body.items
    const answers = []
    for (const resource_id of [nowhere, free, taken]) {
      const swap = [{ allocation_id: second?.allocation_id, resource_id }]
      for (const more of [{}, { to: at('12:00') }]) {
        const { status, body: problem } = await change(body.id, { swap, ...more })
        answers.push({ ...problem, status, request_id: '' })
      }
    }
    const refusal = { code: 'resource_not_found', conflicts: [], next_free: null, peers: [] }
    expect(answers[0]).toMatchObject({ status: 409, code: 'not_all_free' })
    for (const answer of answers) {
      expect(answer).toEqual(answers[0] as never)
      expect(answer).toMatchObject({ items: [{ item: 1, ...refusal }] })
    }
  })

  it('includes extending a booking of a resource hidden since; shortening is allowed', async () => {
    const car = await addResource()
    const { body } = await book({ items: [{ resource_id: car }] })
    await take(car, '11:00', '12:00')
    await hide(car)
    const longer = await change(body.id, { to: at('11:30') })
    expect([longer.status, longer.body.detail]).toEqual([409, 'There is no such resource.'])
    expect(JSON.stringify(longer.body)).not.toContain(at('12:00'))
    expect((await change(body.id, { to: at('10:30') })).status).toBe(200)
    expect((await change(body.id, { to: at('11:00') }, 'admin')).status).toBe(200)
  })
})
