import { beforeAll, expect, it } from 'bun:test'
import type { AllocationVersion } from '../../shared/schemas/allocation-history.ts'
import type { Booking, BookingAudit } from '../../shared/schemas/booking.ts'
import type { BookingSeries } from '../../shared/schemas/booking-series.ts'
import type { Problem } from '../../shared/schemas/problem.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { useNotifications } from '../notifications/fixture.ts'
import { at } from './fixture.ts'
import { useHandovers } from './handover/fixture.ts'

const nobody = '01a1fe45-0000-7000-8000-000000000000'
const repeated = {
  from: at('14:00'),
  to: at('15:00'),
  title: 'A round',
  rule: 'FREQ=DAILY;COUNT=2',
  time_zone: 'UTC',
}

describeStores('a booking that is given to another person', (makeDatabase) => {
  const tools = useNotifications(makeDatabase)
  const { call, addResource, addType, addGroup, book, setPolicy, idOf, told, kindsOf } = tools
  const { checkOut, bookNow } = useHandovers(tools)
  // Notifies of what happens here.
  beforeAll(() => tools.system().startTasks())

  const change = (id: string, body: object, as = 'manu') =>
    call<Booking & Problem>('PATCH', `/api/bookings/${id}`, { as, body })
  const read = (id: string, as: string) =>
    call<Booking & Problem>('GET', `/api/bookings/${id}`, { as })

  /** A type that manu manages. */
  async function addManaged(rules: object = {}) {
    const type = await addType()
    const rights = [
      { group: null, may: 'book' },
      { group: await addGroup('manu'), may: 'manage' },
    ]
    await setPolicy({ type, rules: { time_zone: 'UTC', rights, ...rules } })
    return { type, items: [{ resource_id: await addResource(type) }] }
  }

  it('is of something that they see, else refused with what to change', async () => {
    const { items } = await addManaged()
    const [first] = items
    const group = await addGroup('anna')
    const hide = (visible_to: string[] | null) =>
      call('PATCH', `/api/resources/${first?.resource_id}`, { body: { visible_to } })
    const made = await call<BookingSeries>('POST', '/api/bookings/series', {
      as: 'anna',
      body: { ...repeated, items },
    })
    const { body } = await book({ items })
    await hide([group])
    const ben = await idOf('ben')
    const refused = await change(body.id, { booked_for: ben }, 'admin')
    expect(refused).toMatchObject({
      status: 422,
      body: { code: 'person_cannot_see', errors: [{ pointer: '#/booked_for' }] },
    })
    expect((await read(body.id, 'anna')).body.booked_for).toBe(await idOf('anna'))
    const series = `/api/bookings/series/${made.body.id}`
    const all = { scope: 'all', booked_for: ben }
    expect(await call('PATCH', series, { body: all })).toMatchObject({
      status: 422,
      body: { code: 'person_cannot_see' },
    })
    expect((await change(body.id, { booked_for: await idOf('admin') }, 'admin')).status).toBe(200)
    await hide(null)
    expect((await change(body.id, { booked_for: ben }, 'admin')).status).toBe(200)
    expect((await call('PATCH', series, { body: all })).status).toBe(200)
  })

  it('is theirs in all of Campus; both are told, and the history keeps both', async () => {
    const { items } = await addManaged()
    const { body } = await book({ items })
    const [anna, ben] = [await idOf('anna'), await idOf('ben')]
    const given = await change(body.id, { booked_for: ben, title: 'To the port' })
    expect(given).toMatchObject({
      status: 200,
      body: { booked_for: ben, created_by: ben, title: 'To the port', from: body.from },
    })
    expect((await read(body.id, 'ben')).body).toEqual(given.body)
    // She made it, but has no say in it any more.
    for (const refused of [
      await read(body.id, 'anna'),
      await change(body.id, { booked_for: anna }, 'anna'),
      await call('POST', `/api/bookings/${body.id}/cancel`, { as: 'anna' }),
    ]) {
      expect(refused.status).toBe(403)
    }
    const allocation = body.items[0]?.allocation_id ?? ''
    const path = `/api/allocations/${allocation}/history`
    const history = (await call<AllocationVersion[]>('GET', path)).body
    expect(history.map(({ allocation: then }) => then.booked_for)).toEqual([anna, ben])
    expect(kindsOf(await told('anna', body.id))).toEqual(['booking.changed'])
    expect(kindsOf(await told('ben', body.id))).toEqual(['booking.changed'])
  })

  it('tells its former person what was theirs, and nothing of what it became', async () => {
    const { type, items } = await addManaged()
    const { body } = await book({ items, title: 'Mine' })
    const ben = await idOf('ben')
    const then = { from: at('10:00'), to: at('12:00') }
    const given = await change(body.id, { booked_for: ben, title: 'Of ben', ...then })
    expect(given.status).toBe(200)
    const { from, to } = body
    const [hers] = await told('anna', body.id)
    expect(hers?.data).toMatchObject({ title: 'Mine', from, to, for: ben, given_away: true })
    expect(hers?.data.was).toBeUndefined()
    expect(JSON.stringify(hers)).not.toContain('Of ben')
    const [his] = await told('ben', body.id)
    expect(his?.data).toMatchObject({ title: 'Of ben', ...then, was: { title: 'Mine', from, to } })
    expect(his?.data.given_away).toBeUndefined()
    // Only its person changes.
    const other = await book({ items: [{ resource_id: await addResource(type) }] })
    await change(other.body.id, { booked_for: ben })
    const [plain] = await told('anna', other.body.id)
    expect(plain?.data).toMatchObject({ title: other.body.title, from, to, given_away: true })
  })

  it('can move in the same change, or not at all', async () => {
    const { type, items } = await addManaged()
    const { body } = await book({ items })
    const [other, ben] = [await addResource(type), await idOf('ben')]
    await book({ items: [{ resource_id: other }], from: at('10:00'), to: at('12:00') }, 'cora')
    const [allocation_id] = body.items.map((item) => item.allocation_id)
    const swap = [{ allocation_id, resource_id: other }]
    const refused = await change(body.id, { booked_for: ben, title: 'No', swap })
    expect(refused).toMatchObject({ status: 409, body: { code: 'not_all_free' } })
    expect((await read(body.id, 'anna')).body).toEqual(body)
    const moved = await change(body.id, { booked_for: ben, swap, to: at('10:00') })
    expect(moved).toMatchObject({
      status: 200,
      body: { booked_for: ben, to: at('10:00'), items: [{ resource_id: other }] },
    })
  })

  it('is given only by those who may book for others', async () => {
    const { items } = await addManaged()
    const { body } = await book({ items })
    const ben = await idOf('ben')
    const own = await change(body.id, { booked_for: ben }, 'anna')
    expect(own).toMatchObject({ status: 403, body: { code: 'policy_refused' } })
    expect((await change(body.id, { booked_for: ben }, 'ben')).status).toBe(403)
    const free = await book({ items: [{ resource_id: await addResource() }] })
    expect((await change(free.body.id, { booked_for: ben }, 'anna')).status).toBe(403)
    expect((await change(free.body.id, { booked_for: ben }, 'admin')).status).toBe(200)
  })

  it('is taken over only by those who may book for others', async () => {
    const [type, group] = [await addType(), await addGroup('nico')]
    const rights = [
      { group: null, may: 'book' },
      { group, may: 'manage' },
    ]
    await setPolicy({ type, rules: { time_zone: 'UTC', rights } })
    const items = [{ resource_id: await addResource(type) }]
    const [anna, nico] = [await idOf('anna'), await idOf('nico')]
    const { body } = await book({ items, booked_for: anna }, 'nico')
    const days = { ...repeated, items, booked_for: anna }
    const series = await call<BookingSeries>('POST', '/api/bookings/series', {
      as: 'nico',
      body: days,
    })
    expect([body.created_by, series.body.created_by]).toEqual([nico, nico])
    expect((await call('DELETE', `/api/groups/${group}/members/${nico}`)).status).toBe(204)
    await tools.system().refresh()
    const refusal = { status: 403, body: { rules: [{ rule: 'rights' }] } }
    expect(await change(body.id, { booked_for: nico }, 'nico')).toMatchObject(refusal)
    expect((await read(body.id, 'anna')).body).toEqual(body)
    const taken = await call('PATCH', `/api/bookings/series/${series.body.id}`, {
      as: 'nico',
      body: { scope: 'all', booked_for: nico },
    })
    expect(taken).toMatchObject(refusal)
    // What he booked for her he may still cancel.
    expect((await call('POST', `/api/bookings/${body.id}/cancel`, { as: 'nico' })).status).toBe(200)
  })

  it('is given to nobody but users with an active account', async () => {
    const { items } = await addManaged()
    const { body } = await book({ items })
    const gone = await idOf('olaf')
    const disable = { body: { disabled: true } }
    expect((await call('PATCH', `/api/users/${gone}`, disable)).status).toBe(200)
    for (const booked_for of [nobody, gone]) {
      const refused = await change(body.id, { booked_for })
      expect(refused).toMatchObject({
        status: 422,
        body: { errors: [{ pointer: '#/booked_for' }] },
      })
    }
    expect((await read(body.id, 'anna')).body).toEqual(body)
    // Who may not give it does not learn who exists.
    expect((await change(body.id, { booked_for: nobody }, 'anna')).status).toBe(403)
  })

  it('is not given in a version that was not seen; a retry is one change', async () => {
    const { items } = await addManaged()
    const { body } = await book({ items })
    const ben = await idOf('ben')
    const seen = (await read(body.id, 'manu')).headers.get('etag') ?? ''
    expect((await change(body.id, { title: 'Another' }, 'anna')).status).toBe(200)
    const give = (headers: Record<string, string>) =>
      call<Booking>('PATCH', `/api/bookings/${body.id}`, {
        as: 'manu',
        body: { booked_for: ben },
        headers,
      })
    expect((await give({ 'if-match': seen })).status).toBe(412)
    const headers = { 'idempotency-key': crypto.randomUUID() }
    const [once, again] = [await give(headers), await give(headers)]
    expect([again.status, again.body]).toEqual([200, once.body])
    expect(again.headers.get('etag')).toBe(once.headers.get('etag'))
  })

  it('draws on the quotas of the new person, however many are given at once', async () => {
    const { type, items } = await addManaged({ quotas: [{ per: 'day', count: 2 }] })
    await book({ items }, 'ben')
    const people = ['anna', 'bert', 'cora', 'dora', 'emil', 'finn']
    const all = await Promise.all(
      people.map(async (as) => book({ items: [{ resource_id: await addResource(type) }] }, as)),
    )
    const ben = await idOf('ben')
    const given = await Promise.all(all.map(({ body }) => change(body.id, { booked_for: ben })))
    const statuses = given.map(({ status }) => status).toSorted((a, b) => a - b)
    expect(statuses).toEqual([200, 422, 422, 422, 422, 422])
    const refused = given.find(({ status }) => status === 422)
    expect(refused?.body).toMatchObject({ code: 'policy_refused', rules: [{ rule: 'quotas' }] })
    // What was anna's no longer counts for her.
    const place = given.findIndex(({ status }) => status === 200)
    const from = { from: at('12:00'), to: at('13:00') }
    for (const expected of [201, 201, 422]) {
      const more = { items: [{ resource_id: await addResource(type) }], ...from }
      expect((await book(more, people[place])).status).toBe(expected)
    }
    const { body: audit } = await call<BookingAudit>('GET', '/api/bookings/audit')
    expect(audit).toMatchObject({ unbacked: 0, orphaned: 0, rule_broken: 0, over_quota: 0 })
  })

  it('stays with whom it was handed out to', async () => {
    const booking = await bookNow([await addResource()])
    expect((await checkOut(booking.id)).status).toBe(200)
    const ben = await idOf('ben')
    const refused = await change(booking.id, { booked_for: ben }, 'admin')
    expect(refused).toMatchObject({ status: 422, body: { errors: [{ pointer: '#/booked_for' }] } })
    const same = { booked_for: await idOf('anna'), title: 'Longer' }
    expect((await change(booking.id, same, 'admin')).status).toBe(200)
  })

  it('stays requested, with the same time to decide', async () => {
    const { items } = await addManaged({ approval: { when: 'always' } })
    const { body } = await book({ items })
    expect(body.state).toBe('requested')
    const ben = await idOf('ben')
    const given = await change(body.id, { booked_for: ben })
    expect(given.body).toMatchObject({
      state: 'requested',
      booked_for: ben,
      decide_by: body.decide_by,
    })
  })
})
