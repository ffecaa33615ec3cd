import { expect, it, setDefaultTimeout } from 'bun:test'
import type { AllocatedBundle, ItemRefusal } from '../../shared/schemas/allocation-bundle.ts'
import type { Problem } from '../../shared/schemas/problem.ts'
import type { ResourceType } from '../../shared/schemas/resource-type.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { changeByHand } from '../../shared/testing/by-hand.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { useInventory } from './fixture.ts'
import { hour_ms } from '../../shared/duration.ts'

setDefaultTimeout(60_000)

type Answer = AllocatedBundle & Omit<Problem, 'status'> & { items?: ItemRefusal[] }

// What was read of a resource and its type is remembered; changes by hand, or by another process,
// pass by that memory.
describeStores('a resource that is remembered as it was', (makeDatabase) => {
  const { call, add, system, audit } = useInventory(makeDatabase)
  let hours = 0

  const toText = (hour: number) => new Date(Date.UTC(2027, 2, 1) + hour * hour_ms).toISOString()
  const nextHour = () => {
    hours += 3
    return { from_datetime: toText(hours), to_datetime: toText(hours + 1) }
  }
  const book = (id: string, { as = 'admin', ...span }: { as?: string } & object = {}) =>
    call<Answer>('POST', '/api/allocations', {
      as,
      body: { items: [{ resource_id: id }], ...nextHour(), ...span },
    })
  const change = (text: string) => changeByHand(system().databaseUrlOf('inventory'), text)

  /** Booked twice, so that it is remembered. */
  async function addKnown(segment = 'cars'): Promise<string> {
    const id = (await add(segment)).slice(-36)
    for (const as of ['admin', 'member', 'admin']) expect((await book(id, { as })).status).toBe(201)
    return id
  }
  const newest = 'number = (SELECT max(number) FROM resources)'

  it('is not booked by who does not see it any more', async () => {
    const id = await addKnown()
    await change(`UPDATE resources SET visible_to = '[]' WHERE ${newest}`)
    const hidden = await book(id, { as: 'member' })
    expect([hidden.status, hidden.body.items?.[0]?.code]).toEqual([409, 'resource_not_found'])
    expect((await book(id)).status).toBe(201)
    await change(`UPDATE resources SET visible_to = NULL WHERE ${newest}`)
    expect((await book(id, { as: 'member' })).status).toBe(201)
  })

  it('is not booked once it is out of service, and is again when it is back', async () => {
    const id = await addKnown('lorries')
    const never = system().databaseUrlOf('inventory').startsWith('sqlite:') ? '1000' : 'now()'
    await change(`UPDATE resources SET decommissioned = ${never}, version = version + 1
      WHERE ${newest}`)
    const gone = await book(id)
    expect([gone.status, gone.body.items?.[0]?.code]).toEqual([409, 'resource_not_found'])
    await change(`UPDATE resources SET decommissioned = NULL, version = version + 1
      WHERE ${newest}`)
    expect((await book(id)).status).toBe(201)
  })

  it('has the buffers and the grid of now', async () => {
    const id = await addKnown('trucks')
    const ofType = `WHERE name = 'Truck'`
    await change(`UPDATE resource_types SET buffer_after_seconds = 1800 ${ofType}`)
    expect((await book(id)).status).toBe(201)
    const close = { from_datetime: toText(hours + 1.25), to_datetime: toText(hours + 2.25) }
    const refused = await book(id, close)
    expect([refused.status, refused.body.items?.[0]?.code]).toEqual([409, 'allocation_overlap'])
    const origin = system().databaseUrlOf('inventory').startsWith('sqlite:') ? '0' : "'epoch'"
    await change(`UPDATE resource_types SET slot_seconds = 3600, slot_origin = ${origin} ${ofType}`)
    hours += 3
    const off = { from_datetime: toText(hours + 0.25), to_datetime: toText(hours + 1.25) }
    const offGrid = await book(id, off)
    expect([offGrid.status, offGrid.body.code]).toEqual([422, 'not_on_slot_grid'])
    expect((await book(id)).status).toBe(201)
  })

  it('has the type of now, when that was renamed and another one has its name', async () => {
    const addType = async (body: object) => {
      const added = await call<ResourceType>('POST', '/api/resource_types', { body })
      expect(added.status).toBe(201)
      return added.body
    }
    const type = await addType({ name: 'Room' })
    const addRoom = (name: string) =>
      call<Resource>('POST', '/api/resources', { body: { resource_type: 'Room', name } })
    const { body: room, headers } = await addRoom('One')
    for (const name of ['Two', 'Three', 'Four', 'Five']) await addRoom(name)
    const bookAny = (name: string) =>
      call<Answer>('POST', '/api/allocations', { body: { items: [{ type: name }], ...nextHour() } })
    for (let count = 0; count < 3; count++) {
      expect((await bookAny('Room')).status).toBe(201)
      expect((await book(room.id)).status).toBe(201)
    }
    await call('PATCH', `/api/resource_types/${type.id}`, { body: { name: 'Lab' } })
    const member = await book(room.id, { as: 'member' })
    expect([member.status, member.body.allocations[0]?.resource_type]).toEqual([201, 'Lab'])
    await addType({ name: 'Room', segment: 'new-rooms' })
    const none = await bookAny('Room')
    expect([none.status, none.body.code]).toEqual([409, 'not_all_free'])
    for (const { status, body } of [await book(room.id), await bookAny('Lab')]) {
      expect([status, body.allocations[0]?.resource_type]).toEqual([201, 'Lab'])
    }
    const ifMatch = { 'if-match': headers.get('etag') ?? '' }
    const at = `/api/resources/${room.id}`
    const late = await call('PATCH', at, { headers: ifMatch, body: { name: 'Six' } })
    expect(late.status).toBe(412)
  })

  it('is booked twice in a row once it needs no time in between any more', async () => {
    const id = await addKnown()
    const at = `/api/resources/${id}`
    await call('PATCH', at, { body: { buffer_after_seconds: 1800 } })
    expect((await book(id)).status).toBe(201)
    await call('PATCH', at, { body: { buffer_after_seconds: 0 } })
    hours += 3
    const items = [0, 1].map((hour) => ({
      resource_id: id,
      from_datetime: toText(hours + hour),
      to_datetime: toText(hours + hour + 1),
    }))
    const { status } = await call<Answer>('POST', '/api/allocations', { body: { items } })
    expect(status).toBe(201)
  })

  it('is booked next to any of its type once it needs no time in between any more', async () => {
    const body = { name: 'Studio', buffer_after_seconds: 1800 }
    await call<ResourceType>('POST', '/api/resource_types', { body })
    const only = { resource_type: 'Studio', name: 'The only one' }
    const { body: studio } = await call<Resource>('POST', '/api/resources', { body: only })
    for (let count = 0; count < 2; count++) expect((await book(studio.id)).status).toBe(201)
    const change = { body: { buffer_after_seconds: 0 } }
    await call('PATCH', `/api/resources/${studio.id}`, change)
    const items = [
      { type: 'Studio', ...nextHour() },
      { resource_id: studio.id, from_datetime: toText(hours + 1), to_datetime: toText(hours + 2) },
    ]
    const { status } = await call<Answer>('POST', '/api/allocations', { body: { items } })
    expect(status).toBe(201)
  })

  it('is not booked as the next one, once it was deleted by hand', async () => {
    const taken = await addKnown('runways')
    const span = nextHour()
    expect((await book(taken, span)).status).toBe(201)
    const newestId = (await add('runways')).slice(-36)
    // Read, but not booked: then it could not be deleted.
    const items = [{ resource_id: newestId }, { resource_id: taken }]
    const both = await call('POST', '/api/allocations', { body: { items, ...span } })
    expect(both.status).toBe(409)
    const removed = await change(`DELETE FROM resources WHERE ${newest}`).then(
      () => true,
      (error: Error) => error.message,
    )
    const isSqlite = system().databaseUrlOf('inventory').startsWith('sqlite:')
    expect(removed).toEqual(isSqlite ? expect.stringContaining('resource_newest') : true)
    const next = await add('runways')
    expect((await book(newestId)).status).toBe(isSqlite ? 201 : 409)
    const { body } = await call('GET', `${next}/allocations`)
    expect(body).toEqual([])
  })

  it('is refused with what is in the way', async () => {
    const id = await addKnown()
    const span = nextHour()
    expect((await book(id, span)).status).toBe(201)
    const { status, body } = await book(id, span)
    expect([status, body.items?.[0]]).toMatchObject([409, { code: 'allocation_overlap' }])
    expect(body.items?.[0]?.conflicts).toMatchObject([span])
    expect(await audit()).toMatchObject({ overlaps: 0 })
  })
})
