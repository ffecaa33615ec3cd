import { expect, it } from 'bun:test'
import type { Problem } from '../../shared/schemas/problem.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import type { ResourceType } from '../../shared/schemas/resource-type.ts'
import { changeByHand } from '../../shared/testing/by-hand.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { useInventory } from './fixture.ts'
import { resourceTypes, type BookableType } from './resource-types.ts'

const hour = (at: number, minutes = '00') => `2030-05-01T${String(at).padStart(2, '0')}:${minutes}Z`

describeStores('types made at run time', (makeDatabase) => {
  const { call, add, book, system, audit } = useInventory(makeDatabase)
  let made = 0

  async function addType(body: object = {}) {
    const name = `Type ${++made}`
    const answer = await call<ResourceType>('POST', '/api/resource_types', {
      body: { name, ...body },
    })
    expect(answer.status).toBe(201)
    return { ...answer.body, at: `/api/resource_types/${answer.body.id}` }
  }

  async function addOf({ name }: { name: string }, body: object = {}) {
    return call<Resource & Problem>('POST', '/api/resources', {
      body: { resource_type: name, name: `No. ${++made}`, ...body },
    })
  }

  it('list declared types first, as in the code', async () => {
    const { body } = await call<ResourceType[]>('GET', '/api/resource_types', { as: null })
    const declared: [string, BookableType][] = Object.entries(resourceTypes)
    expect(body.slice(0, declared.length)).toMatchObject(
      declared.map(([segment, { name, grid }]) => ({
        name,
        resource_type: name,
        segment,
        path: `/api/${segment}`,
        kind: grid ? 'interval' : 'continuous',
        slot_seconds: grid ? grid.length_ms / 1000 : null,
        slot_origin: grid ? new Date(grid.origin_ms).toISOString() : null,
        declared: true,
      })),
    )
  })

  it('take a minute and no restart: a member books a meeting room with seats', async () => {
    const body = {
      name: 'Meeting room',
      plural: 'Meeting rooms',
      property_schema: {
        properties: { seats: { type: 'integer', minimum: 1 } },
        required: ['seats'],
      },
    }
    const type = await call<ResourceType>('POST', '/api/resource_types', { body })
    expect(type.status).toBe(201)
    expect(type.body).toMatchObject({
      segment: 'meeting-rooms',
      path: '/api/resources',
      declared: false,
    })
    expect((await call('GET', `/api/resource_types/${type.body.id}`)).body).toEqual(type.body)

    const room = await addOf(type.body, { name: 'Ada', properties: { seats: 8 } })
    expect(room).toMatchObject({ status: 201, body: { resource_type: 'Meeting room' } })
    const path = room.headers.get('location') ?? ''
    expect(path).toBe(`/api/resources/${room.body.id}`)
    const span = { from_datetime: hour(9), to_datetime: hour(10) }
    const booking = await call('POST', `${path}/allocations`, { body: span, as: 'anna' })
    expect(booking).toMatchObject({
      status: 201,
      body: { resource_type: 'Meeting room', resource_id: room.body.id },
    })
    const taken = await call<Problem>('POST', `${path}/allocations`, { body: span, as: 'ben' })
    expect(taken).toMatchObject({ status: 409, body: { code: 'allocation_overlap' } })
    const { body: free } = await call<{ busy: unknown[] }>('GET', `${path}/availability`)
    expect(free.busy).toHaveLength(1)
    expect((await call<Problem>('GET', `${path}/slots`)).body.code).toBe('slots_not_found')
    const found = await call<Resource[]>('GET', '/api/resources?type=Meeting%20room', {
      as: 'anna',
    })
    expect(found.body.map(({ name }) => name)).toEqual(['Ada'])
    expect((await audit()).overlaps).toBe(0)
  })

  it('serve resources of declared types as well, at both paths', async () => {
    const car = await add('cars')
    const same = car.replace('cars', 'resources')
    expect((await call('GET', same)).body).toEqual((await call('GET', car)).body)
    const { body: booking } = await book(same, hour(9), hour(10))
    expect((await call('GET', `${car}/allocations/${booking.id}`)).body).toEqual(booking)
    expect((await call('DELETE', `${same}/allocations/${booking.id}`)).status).toBe(204)
    // A path of a type has its own and no others.
    const { body: other } = await addOf(await addType())
    expect((await call('GET', `/api/cars/${other.id}`)).status).toBe(404)
  })

  it('name every fault of a type', async () => {
    const body = {
      name: 'Wrong',
      kind: 'interval',
      slot_seconds: 90,
      property_schema: {
        properties: {
          Seats: { type: 'integer' },
          fuel: { type: 'string', enum: ['diesel', 5] },
          doors: { type: 'integer', minimum: 5, maximum: 2 },
          note: { type: 'string', minimum: 1 },
        },
        required: ['colour'],
      },
    }
    const answer = await call<Problem>('POST', '/api/resource_types', { body })
    expect(answer.status).toBe(422)
    expect(answer.body.errors?.map(({ pointer }) => pointer).toSorted()).toEqual([
      '#/property_schema/properties/Seats',
      '#/property_schema/properties/doors',
      '#/property_schema/properties/fuel',
      '#/property_schema/properties/note',
      '#/property_schema/required/0',
      '#/slot_seconds',
    ])
    const rules = Array.from({ length: 31 }, (_, at) => [`p${at}`, { type: 'boolean' }])
    const many = { name: 'Many', property_schema: { properties: Object.fromEntries(rules) } }
    expect((await call('POST', '/api/resource_types', { body: many })).status).toBe(422)
  })

  it('name every invalid property of a resource, at both paths', async () => {
    const type = await addType({
      property_schema: {
        properties: {
          seats: { type: 'integer', minimum: 1 },
          fuel: { type: 'string', enum: ['diesel', 'electric'] },
          open: { type: 'boolean' },
        },
        required: ['seats'],
      },
    })
    const wrong = { fuel: 'petrol', open: 1, colour: 'red', __proto: 1 }
    const { status, body } = await addOf(type, { properties: wrong })
    expect(status).toBe(422)
    expect(body.errors?.map(({ pointer }) => pointer).toSorted()).toEqual([
      '#/properties/__proto',
      '#/properties/colour',
      '#/properties/fuel',
      '#/properties/open',
      '#/properties/seats',
    ])
    const { body: good } = await addOf(type, { properties: { seats: 4, fuel: 'diesel' } })
    const path = `/api/resources/${good.id}`
    const change = await call('PATCH', path, { body: { properties: { seats: 0 } } })
    expect(change.status).toBe(422)
    expect((await call<Resource>('GET', path)).body.properties).toEqual({
      seats: 4,
      fuel: 'diesel',
    })
    // What a type asks from now on leaves those that are there alone, until they are changed.
    const rules = { properties: { seats: { type: 'integer', minimum: 10 } }, required: ['seats'] }
    expect((await call('PATCH', type.at, { body: { property_schema: rules } })).status).toBe(200)
    expect((await call('PATCH', path, { body: { note: 'stays' } })).status).toBe(200)
    expect((await call('PATCH', path, { body: { properties: { seats: 4 } } })).status).toBe(422)
  })

  it('are removed only without resources', async () => {
    const type = await addType()
    const { body: room } = await addOf(type)
    const refused = await call<Problem>('DELETE', type.at)
    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'resource_type_in_use', resources: 1 },
    })
    await call('DELETE', `/api/resources/${room.id}`)
    expect((await call('DELETE', type.at)).status).toBe(409)
    const empty = await addType()
    expect((await call('DELETE', empty.at)).status).toBe(204)
    expect((await call('GET', empty.at)).status).toBe(404)
    expect((await addOf(empty)).body.code).toBe('resource_type_not_found')
    const byHand = `DELETE FROM resource_types WHERE name = '${type.name}'`
    expect(changeByHand(system().databaseUrl, byHand)).rejects.toThrow(/resource/)
  })

  it('protect declared types from changes that the code does not know', async () => {
    const { body } = await call<ResourceType[]>('GET', '/api/resource_types')
    const car = `/api/resource_types/${body[0]?.id}`
    for (const [method, change] of [
      ['DELETE', undefined],
      ['PATCH', { name: 'Auto' }],
      ['PATCH', { segment: 'autos' }],
    ] as const) {
      const answer = await call<Problem>(method, car, change && { body: change })
      expect(answer).toMatchObject({ status: 409, body: { code: 'resource_type_declared' } })
    }
    const byHand = `UPDATE resource_types SET name = 'Auto' WHERE name = 'Car'`
    expect(changeByHand(system().databaseUrl, byHand)).rejects.toThrow('resource_type_declared')
  })

  it('keep their resources when renamed', async () => {
    const type = await addType()
    const { body: room } = await addOf(type)
    const renamed = await call<ResourceType>('PATCH', type.at, { body: { name: `${type.name} B` } })
    expect(renamed.status).toBe(200)
    const { body } = await call<Resource>('GET', `/api/resources/${room.id}`)
    expect(body.resource_type).toBe(`${type.name} B`)
    const taken = await call<Problem>('PATCH', type.at, { body: { name: 'Car' } })
    expect(taken).toMatchObject({ status: 409, body: { code: 'resource_type_name_taken' } })
    const segment = await call<Problem>('POST', '/api/resource_types', {
      body: { name: 'Other', segment: renamed.body.segment },
    })
    expect(segment).toMatchObject({ status: 409, body: { code: 'resource_type_segment_taken' } })
  })

  it('are changed by one of two administrators with the same version', async () => {
    const { at } = await addType()
    const { headers } = await call('GET', at)
    const ifMatch = { 'if-match': headers.get('etag') ?? '' }
    const answers = await Promise.all(
      ['A', 'B'].map((plural) => call('PATCH', at, { body: { plural }, headers: ifMatch })),
    )
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 412])
    expect((await call('DELETE', at, { headers: ifMatch })).status).toBe(412)
  })
})

describeStores('the grid of a type', (makeDatabase) => {
  const { call, book, system, add } = useInventory(makeDatabase)
  let made = 0

  async function addRoom(slot_seconds: number | undefined) {
    const name = `Slot type ${++made}`
    const body = { name, ...(slot_seconds && { slot_seconds }) }
    const type = await call<ResourceType>('POST', '/api/resource_types', { body })
    expect(type.status).toBe(201)
    const room = await call<Resource>('POST', '/api/resources', {
      body: { resource_type: name, name },
    })
    return { room: `/api/resources/${room.body.id}`, type: `/api/resource_types/${type.body.id}` }
  }

  it('aligns bookings, also by hand', async () => {
    const { room } = await addRoom(1800)
    expect((await book(room, hour(9), hour(9, '30'))).status).toBe(201)
    const off = await book(room, hour(10), hour(10, '20'))
    expect(off).toMatchObject({ status: 422, body: { code: 'not_on_slot_grid' } })
    const { body: slots } = await call<{ free: boolean }[]>(
      'GET',
      `${room}/slots?from=${hour(9)}&to=${hour(10)}`,
    )
    expect(slots.map(({ free }) => free)).toEqual([false, true])
    const shift = system().databaseUrl.startsWith('postgres') ? `interval '1 minute'` : '60000'
    const byHand = `UPDATE allocations SET from_datetime = from_datetime + ${shift}`
    expect(changeByHand(system().databaseUrl, byHand)).rejects.toThrow('allocation_grid')
  })

  it('changes only to one that fits all bookings', async () => {
    const { room, type } = await addRoom(3600)
    await book(room, hour(9), hour(11))
    const refused = await call<Problem>('PATCH', type, { body: { slot_seconds: 7200 } })
    expect(refused).toMatchObject({ status: 409, body: { code: 'resource_type_grid_in_use' } })
    expect((await call('PATCH', type, { body: { slot_seconds: 900 } })).status).toBe(200)
    expect((await book(room, hour(12), hour(12, '15'))).status).toBe(201)
    const free = await call<ResourceType>('PATCH', type, { body: { kind: 'continuous' } })
    expect(free.body).toMatchObject({ kind: 'continuous', slot_seconds: null, slot_origin: null })
    expect((await book(room, hour(13), hour(13, '01'))).status).toBe(201)
    expect((await call('PATCH', type, { body: { slot_seconds: 900 } })).status).toBe(409)
  })

  it('of a declared type changes as well, at its own path', async () => {
    const launchpad = await add('launchpads')
    const { body } = await call<ResourceType[]>('GET', '/api/resource_types')
    const { id } = body.find(({ name }) => name === 'Launchpad') ?? {}
    const change = { body: { slot_seconds: 3600 } }
    expect((await call('PATCH', `/api/resource_types/${id}`, change)).status).toBe(200)
    expect((await book(launchpad, hour(7), hour(8))).status).toBe(201)
  })
})
