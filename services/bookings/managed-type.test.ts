import { expect, it } from 'bun:test'
import type { Booking } from '../../shared/schemas/booking.ts'
import type { Problem } from '../../shared/schemas/problem.ts'
import type { ResourceType } from '../../shared/schemas/resource-type.ts'
import { changeByHand } from '../../shared/testing/by-hand.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { at, useBookings } from './fixture.ts'

describeStores('a type with policies', (makeDatabase) => {
  const { call, system, addGroup, addResource, addType, setPolicy, book, allocationsOf } =
    useBookings(makeDatabase)

  const read = async (name: string) => {
    const { body } = await call<ResourceType[]>('GET', '/api/resource_types')
    return body.find((type) => type.name === name)
  }
  const rename = (id: string, name: string) =>
    call<Problem>('PATCH', `/api/resource_types/${id}`, { body: { name } })
  const remove = (id: string) => call<Problem>('DELETE', `/api/resource_types/${id}`)

  it('can be neither renamed nor deleted until they are withdrawn', async () => {
    const name = await addType()
    const { id = '' } = (await read(name)) ?? {}
    const { id: policy } = await setPolicy({ type: name, rules: { maximum_duration: 'P1D' } })
    for (const refused of [await rename(id, 'Another name'), await remove(id)]) {
      expect([refused.status, refused.body.code]).toEqual([409, 'resource_type_managed'])
    }
    const others = { plural: 'Many of them', buffer_after_seconds: 60 }
    expect((await call('PATCH', `/api/resource_types/${id}`, { body: others })).status).toBe(200)
    expect((await read(name))?.managed_by).toBe('bookings')
    const url = system().databaseUrlOf('inventory')
    for (const byHand of [
      `UPDATE resource_types SET name = 'By hand' WHERE name = '${name}'`,
      `DELETE FROM resource_types WHERE name = '${name}'`,
    ]) {
      await expect(changeByHand(url, byHand)).rejects.toThrow('resource_type_managed')
    }
    expect((await call('DELETE', `/api/policies/${policy}`)).status).toBe(204)
    expect((await rename(id, 'Renamed')).status).toBe(200)
    await setPolicy({ type: 'Renamed', rules: {} })
    expect((await read('Renamed'))?.managed_by).toBe('bookings')
  })

  it('cannot be renamed with a policy of one of its resources either', async () => {
    const name = await addType()
    const { id = '' } = (await read(name)) ?? {}
    await setPolicy({ resource_id: await addResource(name), rules: {} })
    const refused = await rename(id, 'Also renamed')
    expect([refused.status, refused.body.code]).toEqual([409, 'resource_type_managed'])
  })

  it('has the policies of its new name, also for what was booked under the old one', async () => {
    const name = await addType()
    const { id = '' } = (await read(name)) ?? {}
    const resource = await addResource(name)
    const bookAt = (hour: number) =>
      book({ items: [{ resource_id: resource }], from: at(`${hour}:00`), to: at(`${hour}:30`) })
    for (const hour of [10, 11, 12]) expect((await bookAt(hour)).status).toBe(201)
    expect((await rename(id, `${name} B`)).status).toBe(200)
    await setPolicy({ type: `${name} B`, rules: { maximum_duration: 'PT10M' } })
    const refused = await bookAt(13)
    expect([refused.status, refused.body.code]).toEqual([422, 'policy_refused'])
    expect(await allocationsOf(resource)).toHaveLength(3)
  })

  for (const kind of ['a booking', 'a series']) {
    it(`has the policies of its new name also for changes of what is booked: ${kind}`, async () => {
      const name = await addType()
      const { id = '' } = (await read(name)) ?? {}
      const items = [{ resource_id: await addResource(name) }]
      const span = { from: at('09:00'), to: at('11:00') }
      const repeats = { rule: 'FREQ=DAILY;COUNT=2', time_zone: 'UTC' }
      const isOne = kind === 'a booking'
      const path = `/api/bookings${isOne ? '' : '/series'}`
      const booked = await call<{ id: string }>('POST', path, {
        as: 'anna',
        body: { items, title: 'A course', ...span, ...(!isOne && repeats) },
      })
      expect([booked.status, (await rename(id, `${name} B`)).status]).toEqual([201, 200])
      const quotas = [{ per: 'day' as const, hours: 3 }]
      await setPolicy({ type: `${name} B`, rules: { maximum_duration: 'PT3H', quotas } })
      const lastFor = (hours: number) => {
        const to = at(`${9 + hours}:00`)
        const change = isOne ? { to } : { scope: 'all', duration: `PT${hours}H` }
        return call<Problem>('PATCH', `${path}/${booked.body.id}`, { as: 'anna', body: change })
      }
      const refused = await lastFor(12)
      expect([refused.status, refused.body.code]).toEqual([422, 'policy_refused'])
      expect((await lastFor(3)).status).toBe(200)
      // What it takes now counts under the policies of the new name.
      const more = await book({ items, from: at('13:00'), to: at('14:00') })
      expect([more.status, more.body.code]).toEqual([422, 'policy_refused'])
    })
  }

  it('has the managers and deadline of its new name, also for what was booked before', async () => {
    const name = await addType()
    const { id = '' } = (await read(name)) ?? {}
    const items = [{ resource_id: await addResource(name) }]
    const { id: first } = await setPolicy({ type: name, rules: { approval: { when: 'always' } } })
    const asked = await book({ items, from: at('09:00'), to: at('10:00') })
    expect((await call('DELETE', `/api/policies/${first}`)).status).toBe(204)
    const sure = await book({ items, from: at('11:00'), to: at('12:00') })
    expect([asked.body.state, sure.body.state]).toEqual(['requested', 'confirmed'])
    expect((await rename(id, `${name} B`)).status).toBe(200)
    const manage = (group: string) => [
      { group: null, may: 'book' },
      { group, may: 'manage' },
    ]
    const seen = async (as: string) => {
      const { body } = await call<Booking[]>('GET', `/api/bookings?pending=true`, { as })
      return body.map((booking) => booking.id)
    }
    const approve = (as: string) =>
      call<Booking>('POST', `/api/bookings/${asked.body.id}/approve`, { as })

    // Another type has the old name now.
    const another = { name, segment: `more-${id}` }
    expect((await call('POST', '/api/resource_types', { body: another })).status).toBe(201)
    await setPolicy({ type: name, rules: { rights: manage(await addGroup('nora')) } })
    expect([await seen('nora'), (await approve('nora')).status]).toEqual([[], 403])
    const rules = { rights: manage(await addGroup('mona')), cancel_until: 'P300D' }
    await setPolicy({ type: `${name} B`, rules })
    expect(await seen('mona')).toEqual([asked.body.id])
    const late = { as: 'anna', body: { reason: 'It rains' } }
    const refused = await call<Problem>('POST', `/api/bookings/${sure.body.id}/cancel`, late)
    expect([refused.status, refused.body.code]).toEqual([422, 'policy_refused'])
    expect(await approve('mona')).toMatchObject({ status: 200, body: { state: 'confirmed' } })
  })

  it('has what was booked under its former name in its quota, and no other type has', async () => {
    const name = await addType()
    const { id = '' } = (await read(name)) ?? {}
    const bookIn = async (type: string) => {
      const items = [{ resource_id: await addResource(type) }]
      return (await book({ items, from: at('09:00', 7), to: at('10:00', 7) })).status
    }
    const rules = { quotas: [{ per: 'day' as const, count: 1 }] }
    const { id: first } = await setPolicy({ type: name, rules })
    expect(await bookIn(name)).toBe(201)
    expect((await call('DELETE', `/api/policies/${first}`)).status).toBe(204)
    expect((await rename(id, `${name} B`)).status).toBe(200)
    const another = { name, segment: `more-${id}` }
    expect((await call('POST', '/api/resource_types', { body: another })).status).toBe(201)
    await setPolicy({ type: name, rules })
    await setPolicy({ type: `${name} B`, rules })
    expect([await bookIn(name), await bookIn(`${name} B`)]).toEqual([201, 422])
  })

  it('has in its quota what an earlier release left in that of its former name', async () => {
    const name = await addType()
    const { id = '' } = (await read(name)) ?? {}
    const bookIn = async (type: string) => {
      const items = [{ resource_id: await addResource(type) }]
      return (await book({ items, from: at('09:00', 14), to: at('10:00', 14) })).status
    }
    const rules = { quotas: [{ per: 'day' as const, count: 1 }] }
    const { id: first } = await setPolicy({ type: name, rules })
    expect(await bookIn(name)).toBe(201)
    expect((await call('DELETE', `/api/policies/${first}`)).status).toBe(204)
    expect((await rename(id, `${name} B`)).status).toBe(200)
    // It renewed the names of types only.
    await changeByHand(
      system().databaseUrlOf('bookings'),
      `UPDATE booking_items SET resource_type = '${name} B' WHERE resource_type = '${name}'`,
    )
    const another = { name, segment: `more-${id}` }
    expect((await call('POST', '/api/resource_types', { body: another })).status).toBe(201)
    await setPolicy({ type: name, rules })
    await setPolicy({ type: `${name} B`, rules })
    expect([await bookIn(name), await bookIn(`${name} B`)]).toEqual([201, 422])
  })

  it('can be deleted and recreated once they are withdrawn', async () => {
    const name = await addType()
    const { id = '' } = (await read(name)) ?? {}
    const { id: policy } = await setPolicy({ type: name, rules: {} })
    await call('DELETE', `/api/policies/${policy}`)
    expect((await remove(id)).status).toBe(204)
    const again = await call('POST', '/api/resource_types', { body: { name } })
    expect(again.status).toBe(201)
    await setPolicy({ type: name, rules: {} })
    expect((await read(name))?.managed_by).toBe('bookings')
  })
})
