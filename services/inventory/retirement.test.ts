import { expect, it } from 'bun:test'
import type { Problem } from '../../shared/schemas/problem.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { changeByHand } from '../../shared/testing/by-hand.ts'
import type { FileRecord } from '../../shared/schemas/file.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { toPng } from '../testing/png.ts'
import { receive, useInventory } from './fixture.ts'

describeStores('a retired resource', (makeDatabase) => {
  const { call, book, audit, system } = useInventory(makeDatabase)
  let made = 0

  async function retire(name = `Van ${++made}`) {
    const { body } = await call<Resource>('POST', '/api/cars', { body: { name } })
    const path = `/api/resources/${body.id}`
    expect((await call('DELETE', path)).status).toBe(204)
    return { path, id: body.id, name }
  }

  const listRetired = () => call<Resource[]>('GET', '/api/resources?retired=true&type=Car')

  it('is listed, and returns unchanged, with an event', async () => {
    const { path, id, name } = await retire()
    expect((await call('GET', path)).status).toBe(404)
    const { body: retired } = await listRetired()
    const found = retired.find((one) => one.id === id)
    expect(found).toMatchObject({ name, retired: expect.stringMatching(/^20/) })
    expect((await call('POST', `${path}/return`, { as: 'anna' })).status).toBe(403)

    const stream = await system().send('GET', `/api/allocations/events?resource_id=${id}`)
    const back = await call<Resource>('POST', `${path}/return`)
    expect(back).toMatchObject({ status: 200, body: { id, name, retired: null } })
    const events = (await receive(stream, 2)).map(({ event }) => event)
    expect(events).toContain('resource.returned')
    expect((await call('GET', path)).headers.get('etag')).toBe(back.headers.get('etag'))
    expect((await listRetired()).body.map((one) => one.id)).not.toContain(id)
    // It was out of service, and that stays known; from now on it can be booked.
    expect((await book(path, '2999-01-01T00:00:00Z', '2999-01-02T00:00:00Z')).status).toBe(201)
    const { body: all } = await call<{ allocation_type: string }[]>('GET', `${path}/allocations`)
    expect(all.map((one) => one.allocation_type)).toEqual(['decommissioned', 'booking'])
    const again = await call<Problem>('POST', `${path}/return`)
    expect(again).toMatchObject({ status: 409, body: { code: 'resource_in_service' } })
    expect((await audit()).overlaps).toBe(0)
  })

  it('retires and returns any number of times', async () => {
    const { path } = await retire()
    for (let times = 0; times < 3; times++) {
      expect((await call('POST', `${path}/return`)).status).toBe(200)
      expect((await call('DELETE', path)).status).toBe(204)
    }
    expect((await call('POST', `${path}/return`)).status).toBe(200)
  })

  it('stays retired while another has its name', async () => {
    const { path, id, name } = await retire()
    const { body: other } = await call<Resource>('POST', '/api/cars', { body: { name } })
    const refused = await call<Problem>('POST', `${path}/return`)
    expect(refused).toMatchObject({ status: 409, body: { code: 'resource_name_taken' } })
    expect((await listRetired()).body.map((one) => one.id)).toContain(id)
    await call('PATCH', `/api/cars/${other.id}`, { body: { name: `${name} B` } })
    expect((await call('POST', `${path}/return`)).status).toBe(200)
  })

  it('is returned once by simultaneous requests', async () => {
    const { path } = await retire()
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => call<Problem>('POST', `${path}/return`)),
    )
    const statuses = answers.map(({ status }) => status).toSorted()
    expect(statuses).toEqual([200, 409, 409, 409, 409, 409, 409, 409])
  })

  it('returns when an operator ends or removes its withdrawal', async () => {
    const isOf = (id: string) =>
      `resource_number = (SELECT number FROM resources WHERE ${whereId(id)})`
    const whereId = (id: string) =>
      system().databaseUrl.startsWith('postgres')
        ? `id = '${id}'`
        : `id = unhex('${id.replaceAll('-', '')}')`
    const [ended, removed] = [await retire(), await retire()]
    const end = system().databaseUrl.startsWith('postgres')
      ? `'2998-01-01T00:00:00Z'`
      : String(Date.parse('2998-01-01T00:00:00Z'))
    const { databaseUrl } = system()
    await changeByHand(
      databaseUrl,
      `UPDATE allocations SET to_datetime = ${end} WHERE ${isOf(ended.id)}`,
    )
    await changeByHand(databaseUrl, `DELETE FROM allocations WHERE ${isOf(removed.id)}`)
    for (const { path } of [ended, removed]) {
      expect((await call<Resource>('GET', path)).body.retired).toBeNull()
    }
    expect((await book(ended.path, '2999-01-01T00:00Z', '2999-01-02T00:00Z')).status).toBe(201)
    expect((await book(ended.path, '2997-01-01T00:00Z', '2997-01-02T00:00Z')).status).toBe(409)
  })
})

describeStores('the description of a resource', (makeDatabase) => {
  const { call, system } = useInventory(makeDatabase)

  it('is a note, a photo and a time zone, at each of its paths', async () => {
    const headers = { 'content-type': 'application/octet-stream' }
    const upload = { body: toPng(1, 1), headers }
    const sent = await system().send('POST', '/api/files?file_name=car.png', upload)
    const { file_hash: photo } = (await sent.json()) as FileRecord
    const told = { note: 'Keys at the desk', photo, time_zone: 'Europe/Berlin' }
    const { body: car } = await call<Resource>('POST', '/api/cars', {
      body: { name: 'A', ...told },
    })
    expect(car).toMatchObject(told)
    for (const path of [`/api/cars/${car.id}`, `/api/resources/${car.id}`]) {
      expect((await call<Resource>('GET', path)).body).toEqual(car)
    }
    expect((await call<Resource[]>('GET', '/api/cars')).body).toEqual([car])
    expect((await call<Resource[]>('GET', '/api/resources')).body).toEqual([car])
    const bare = await call<Resource>('PATCH', `/api/cars/${car.id}`, {
      body: { note: '', photo: null, time_zone: null },
    })
    expect(bare.body).toMatchObject({ name: 'A', note: '', photo: null, time_zone: 'UTC' })
  })

  it('is refused if invalid', async () => {
    const wrong = { photo: 'a.jpg', time_zone: 'Europe/Bremen', note: 'a'.repeat(1001) }
    for (const [field, value] of Object.entries(wrong)) {
      const body = { resource_type: 'Car', name: 'B', [field]: value }
      const answer = await call<Problem>('POST', '/api/resources', { body })
      expect([field, answer.status]).toEqual([field, 422])
      expect(answer.body.errors?.map(({ pointer }) => pointer)).toEqual([`#/${field}`])
    }
  })
})
