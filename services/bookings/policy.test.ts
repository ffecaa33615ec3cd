import { expect, it } from 'bun:test'
import type { Booking } from '../../shared/schemas/booking.ts'
import type { Policy } from '../../shared/schemas/policy.ts'
import type { Problem } from '../../shared/schemas/problem.ts'
import type { ResourceType } from '../../shared/schemas/resource-type.ts'
import { changeByHand } from '../../shared/testing/by-hand.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { at, useBookings } from './fixture.ts'

const path = '/api/policies'

describeStores('policies', (makeDatabase) => {
  const tools = useBookings(makeDatabase)
  const { call, system, addResource, addType, book, allocationsOf, setPolicy } = tools

  it('are versioned: a new version ends the one before, and none ever changes', async () => {
    const type = await addType()
    const first = await setPolicy({ type, rules: { maximum_duration: 'PT1H' } })
    const second = await setPolicy({ type, rules: { maximum_duration: 'PT8H' } })
    expect([first.version, second.version]).toEqual([1, 2])
    const read = async (id: string) => (await call<Policy>('GET', `${path}/${id}`)).body
    expect((await read(first.id)).ended).not.toBeNull()
    expect(await read(second.id)).toEqual(second)
    const url = system().databaseUrlOf('bookings')
    for (const text of [
      `UPDATE policies SET rules = '{}' WHERE target = 'type:${type}'`,
      `UPDATE policies SET ended = NULL WHERE target = 'type:${type}'`,
      `DELETE FROM policies WHERE target = 'type:${type}'`,
    ]) {
      await expect(changeByHand(url, text)).rejects.toThrow()
    }
    expect((await call('DELETE', `${path}/${second.id}`)).status).toBe(204)
    expect((await call('DELETE', `${path}/${second.id}`)).status).toBe(409)
    const listed = async (query: string) =>
      (await call<Policy[]>('GET', `${path}?${query}`, { as: 'anna' })).body
        .filter((it) => it.type === type)
        .map(({ version }) => version)
    expect(await listed('')).toEqual([])
    expect(await listed('ended=true')).toEqual([1, 2])
  })

  it('get one version each when 10 are set simultaneously', async () => {
    const type = await addType()
    const set = () => setPolicy({ type, rules: {} })
    const all = await Promise.all(Array.from({ length: 10 }, set))
    expect(all.map(({ version }) => version).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 10 }, (_, index) => index + 1),
    )
  })

  it('refuse with every rule, in words, and the nearest time; in a dry run too', async () => {
    const type = await addType()
    const car = await addResource(type)
    const rules = {
      time_zone: 'Europe/Berlin',
      granularity: 'PT30M',
      maximum_duration: 'PT4H',
      opening_hours: [{ days: ['tuesday'], from: '08:00', to: '18:00' }],
    }
    const { id } = await setPolicy({ type, rules })
    for (const items of [[{ resource_id: car }], [{ type }]]) {
      const wanted = { items, from: at('09:10'), to: at('14:00') }
      const refused = await book(wanted)
      expect(refused).toMatchObject({
        status: 422,
        body: {
          code: 'policy_refused',
          rules: [
            {
              rule: 'opening_hours',
              detail:
                'It is open for only part of that time. ' +
                'Hours on the first day: none (Europe/Berlin).',
            },
            { rule: 'maximum_duration', detail: 'Book it for at most 4 hours.' },
            { rule: 'granularity' },
          ],
          nearest: { from: at('07:00', 2), to: at('11:00', 2) },
        },
      })
      const dry = await book({ ...wanted, dry_run: true })
      expect([dry.status, dry.body]).toEqual([refused.status, refused.body])
    }
    expect(await allocationsOf(car)).toEqual([])
    const nearest = { items: [{ type }], from: at('07:00', 2), to: at('11:00', 2) }
    expect((await book({ ...nearest, dry_run: true })).status).toBe(200)
    const { status, body } = await book(nearest)
    expect([status, body.items[0]?.policies]).toEqual([201, [id]])
    const moved = await call<Problem>('PATCH', `/api/bookings/${body.id}`, {
      as: 'anna',
      body: { to: at('11:10', 2) },
    })
    expect(moved).toMatchObject({ status: 422, body: { code: 'policy_refused' } })
    expect((await book({ ...nearest, to: at('12:00', 2) }, 'admin')).status).toBe(422)
  })

  it('apply to a resource before its type, and to a type before the organisation', async () => {
    const type = await addType()
    const [one, other] = [await addResource(type), await addResource(type)]
    const wide = await setPolicy({ type, rules: { maximum_duration: 'PT1H', closed: [] } })
    const narrow = await setPolicy({ resource_id: one, rules: { maximum_duration: 'PT3H' } })
    const two = { from: at('09:00'), to: at('11:00') }
    expect((await book({ items: [{ resource_id: other }], ...two })).status).toBe(422)
    const made = await book({ items: [{ resource_id: one }], ...two })
    expect(made.body.items[0]?.policies).toEqual([wide.id, narrow.id])
    // Any of the type is judged by the rules of the one it gets.
    const anyOf = await book({ items: [{ type }], from: at('12:00'), to: at('13:00') })
    expect(anyOf.status).toBe(201)
  })

  it('apply after visibility: a hidden resource does not exist, whatever they say', async () => {
    const car = await addResource()
    await setPolicy({ resource_id: car, rules: { maximum_duration: 'PT1H' } })
    await call('PATCH', `/api/resources/${car}`, { body: { visible_to: [] } })
    const body = { items: [{ resource_id: car }] }
    expect((await book(body, 'admin')).status).toBe(422)
    expect(await book(body, 'anna')).toMatchObject({
      status: 409,
      body: { items: [{ code: 'resource_not_found' }] },
    })
  })

  it('let groups see, request, book, or manage', async () => {
    const type = await addType()
    await addResource(type)
    const group = await tools.addGroup('manu')
    await setPolicy({
      type,
      rules: {
        rights: [
          { group: null, may: 'see' },
          { group, may: 'manage' },
        ],
      },
    })
    const items = [{ type }]
    const refused = await book({ items }, 'anna')
    expect(refused).toMatchObject({
      status: 403,
      body: { code: 'policy_refused', rules: [{ rule: 'rights' }], nearest: null },
    })
    const booked_for = await tools.idOf('anna')
    const made = await book({ items, booked_for }, 'manu')
    expect(made).toMatchObject({ status: 201, body: { booked_for } })
    const own = `/api/bookings/${made.body.id}`
    for (const as of ['anna', 'manu']) expect((await call('GET', own, { as })).status).toBe(200)
    expect((await call('GET', own, { as: 'bert' })).status).toBe(403)
    const list = await call<Booking[]>('GET', '/api/bookings', { as: 'manu' })
    expect(list.body.map(({ id }) => id)).toEqual([made.body.id])
    const reason = { reason: 'Needed elsewhere' }
    expect((await call('POST', `${own}/cancel`, { as: 'manu', body: reason })).status).toBe(200)
  })

  it('say until when its person can cancel it', async () => {
    const type = await addType()
    await addResource(type)
    await setPolicy({ type, rules: { cancel_until: 'P365D' } })
    const { body } = await book({ items: [{ type }] })
    const cancel = (as: string) =>
      call<Problem>('POST', `/api/bookings/${body.id}/cancel`, { as, body: { reason: 'Ill' } })
    expect(await cancel('anna')).toMatchObject({
      status: 422,
      body: { code: 'policy_refused', rules: [{ rule: 'cancel_until' }] },
    })
    expect((await cancel('admin')).status).toBe(200)
  })

  it('also refuse giving up time too late by shortening or moving', async () => {
    const type = await addType()
    const [, other] = [await addResource(type), await addResource(type)]
    const { body } = await book({ items: [{ type }] })
    await setPolicy({ type, rules: { cancel_until: 'P365D' } })
    const change = (changes: object, as = 'anna') =>
      call<Problem>('PATCH', `/api/bookings/${body.id}`, { as, body: changes })
    const [{ allocation_id, resource_id } = { allocation_id: '', resource_id: '' }] = body.items
    const free = resource_id === other ? await addResource(type) : other
    for (const changes of [
      { to: at('10:00') },
      { from: at('09:30'), to: at('12:00') },
      { from: at('09:00', 9), to: at('11:00', 9) },
      { swap: [{ allocation_id, resource_id: free }] },
    ]) {
      const refused = await change(changes)
      expect([changes, refused.status]).toEqual([changes, 422])
      expect(refused.body).toMatchObject({ rules: [{ rule: 'cancel_until' }] })
    }
    expect((await change({ from: at('08:00'), to: at('12:00') })).status).toBe(200)
    expect((await change({ to: at('10:00') }, 'admin')).status).toBe(200)
  })

  it("do not reveal others' bookings to a caller who may not book for them", async () => {
    const type = await addType()
    await addResource(type)
    await setPolicy({
      type,
      rules: { quotas: [{ per: 'day', count: 1 }], maximum_ahead: 'P3650D' },
    })
    expect((await book({ items: [{ type }] })).status).toBe(201)
    const wanted = { items: [{ type }], from: at('13:00'), to: at('14:00'), dry_run: true }
    expect((await book(wanted)).body).toMatchObject({ rules: [{ rule: 'quotas' }] })
    const asked = await book({ ...wanted, booked_for: await tools.idOf('anna') }, 'bert')
    const { rules } = asked.body as unknown as { rules: { rule: string }[] }
    expect([asked.status, rules.map(({ rule }) => rule)]).toEqual([403, ['rights']])
  })

  it('leave the type unchanged when they are refused', async () => {
    const type = await addType()
    const headers = { 'idempotency-key': 'one-policy' }
    const other = { type: 'Car', rules: { closed: ['2027-12-24'] } }
    expect((await call('POST', path, { headers, body: other })).status).toBe(201)
    for (const [rules, sent] of [
      [{ granularity: 'PT7M' }, {}],
      [{ granularity: 'PT1H' }, headers],
    ]) {
      const refused = await call('POST', path, { headers: sent ?? {}, body: { type, rules } })
      expect(refused.status).toBe(422)
      const { body } = await call<ResourceType[]>('GET', '/api/resource_types')
      expect(body.find(({ name }) => name === type)?.managed_by).toBeNull()
    }
  })

  it('are refused if contradictory, with the field', async () => {
    const bad: [object, string][] = [
      [{ time_zone: 'Berlin' }, 'time_zone'],
      [{ minimum_duration: 'P' }, 'minimum_duration'],
      [{ minimum_duration: 'PT' }, 'minimum_duration'],
      [{ granularity: 'PT7M' }, 'granularity'],
      [{ granularity: 'PT0M' }, 'granularity'],
      [{ closed: ['2027-02-30'] }, 'closed/0'],
      [{ minimum_duration: 'PT2H', maximum_duration: 'PT1H' }, 'maximum_duration'],
      [{ minimum_duration: 'P367D' }, 'minimum_duration'],
      [{ approval: { when: 'longer_than' } }, 'approval/duration'],
      [{ quotas: [{ per: 'week' }] }, 'quotas/0'],
      [{ quotas: [{ per: 'moment', hours: 2 }] }, 'quotas/0/count'],
      [{ opening_hours: [{ days: ['monday'], from: '18:00', to: '08:00' }] }, 'opening_hours/0'],
      [{ colour: 'red' }, 'colour'],
    ]
    for (const [rules, field] of bad) {
      const { status, body } = await call<Problem>('POST', path, { body: { type: 'Car', rules } })
      expect([rules, status, body.errors?.[0]?.pointer]).toEqual([rules, 422, `#/rules/${field}`])
    }
    expect((await call('POST', path, { as: 'anna', body: { rules: {} } })).status).toBe(403)
  })
})
