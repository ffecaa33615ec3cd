import { expect, it } from 'bun:test'
import type { BookingSeries } from '../../../shared/schemas/booking-series.ts'
import type { Progress } from '../../../shared/schemas/leaving.ts'
import type { Problem } from '../../../shared/schemas/problem.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { at, useBookings } from '../fixture.ts'

const path = '/api/bookings/series'

describeStores('the requests of a series', (makeDatabase) => {
  const tools = useBookings(makeDatabase)
  const { call, addResource, addType, addGroup, allocationsOf, setPolicy } = tools

  async function request(count = 4) {
    const type = await addType()
    const group = await addGroup('gina')
    const rights = [
      { group: null, may: 'request' },
      { group, may: 'manage' },
    ]
    await setPolicy({ type, rules: { rights } })
    const room = await addResource(type)
    const body = {
      items: [{ resource_id: room }],
      from: at('09:00'),
      to: at('11:00'),
      title: 'A round',
      rule: `FREQ=DAILY;COUNT=${count}`,
      time_zone: 'Europe/Berlin',
    }
    const made = await call<BookingSeries>('POST', path, { body, as: 'anna' })
    expect(made.status).toBe(201)
    return { ...made.body, room }
  }
  const decide = (id: string, body: object, as = 'gina') =>
    call<Progress & Problem>('POST', `${path}/${id}/decide`, { body, as })
  const statesOf = async (id: string) =>
    (await call<BookingSeries>('GET', `${path}/${id}`)).body.occurrences.map(({ state }) => state)

  it('are approved together, by managers of the resources and nobody else', async () => {
    const { id, occurrences, room } = await request()
    expect((await decide(id, { approve: true }, 'anna')).status).toBe(403)
    expect((await decide(id, { approve: true }, 'bert')).status).toBe(403)
    const own = `/api/bookings/${occurrences[1]?.booking_id}/reject`
    expect((await call('POST', own, { body: { reason: 'Closed' }, as: 'gina' })).status).toBe(200)
    const pending = async () =>
      (await call<{ count: number }>('GET', '/api/bookings/pending', { as: 'gina' })).body.count
    const before = await pending()
    expect((await decide(id, { approve: true })).body).toEqual({ done: 3, left: 0 } as never)
    expect(await statesOf(id)).toEqual(['confirmed', 'rejected', 'confirmed', 'confirmed'])
    expect(await pending()).toBe(before - 3)
    const taken = (await allocationsOf(room)).map(({ status }) => status)
    expect(taken).toEqual(['confirmed', 'confirmed', 'confirmed'])
    // None is left to be decided.
    expect((await decide(id, { approve: false })).body).toEqual({ done: 0, left: 0 } as never)
  })

  it('are rejected together, with the reason, and their time is free', async () => {
    const { id, room } = await request()
    expect((await decide(id, { approve: false, reason: 'No' })).body.done).toBe(4)
    expect(new Set(await statesOf(id))).toEqual(new Set(['rejected']))
    expect(await allocationsOf(room)).toEqual([])
  })

  it('two_approve: of two simultaneous decisions each request gets one', async () => {
    const { id } = await request()
    const [yes, no] = await Promise.all([
      decide(id, { approve: true }),
      decide(id, { approve: false, reason: 'No' }, 'admin'),
    ])
    expect(yes.body.done + no.body.done).toBe(4)
    const states = await statesOf(id)
    expect(states.filter((state) => state === 'confirmed')).toHaveLength(yes.body.done)
  })

  it('are decided in one request, however many', async () => {
    const { id } = await request(120)
    expect((await decide(id, { approve: true })).body).toEqual({ done: 120, left: 0 } as never)
    expect(new Set(await statesOf(id))).toEqual(new Set(['confirmed']))
  }, 60_000)
})
