import { expect, it } from 'bun:test'
import type { Allocation } from '../shared/schemas/allocation.ts'
import type { BookingSeries } from '../shared/schemas/booking-series.ts'
import type { MadeInvitation } from '../shared/schemas/invitation.ts'
import type { Policy } from '../shared/schemas/policy.ts'
import type { Resource } from '../shared/schemas/resource.ts'
import type { WaitlistEntry } from '../shared/schemas/waitlist.ts'
import { describeStores } from '../shared/testing/describe-stores.ts'
import { addition } from './courses/fixture.ts'
import type { SendOptions } from './testing/system.ts'
import { useSystem } from './testing/use-system.ts'

// That each creation has one is in document.test.ts; the walk compares it with that of reading.
describeStores('the tag of what was created', (makeDatabase) => {
  const { call } = useSystem(makeDatabase)
  let made = 0
  const post = async <T>(path: string, body: object, options: SendOptions = {}) => {
    const created = await call<T>('POST', path, { body, ...options })
    expect([path, created.status]).toEqual([path, 201])
    const tag = { 'if-match': created.headers.get('etag') ?? '' }
    return { ...created, path: created.headers.get('location') ?? '', tag }
  }
  const add = async (resource_type = 'Car') => {
    const body = { resource_type, name: `No. ${++made}` }
    return (await post<Resource>('/api/resources', body)).body.id
  }
  const addType = async () => {
    const name = `Kind ${++made}`
    await post('/api/resource_types', { name })
    return name
  }

  it('of an exercise is good for one change', async () => {
    await post('/api/courses', { code: 'TAG1', name: 'Tags', instructor: 'Ada' })
    const { path, tag } = await post('/api/courses/TAG1/exercises', addition)
    const change = (headers: object) =>
      call('PATCH', path, { body: { title: 'Anew' }, headers } as never)
    expect((await change(tag)).status).toBe(200)
    expect((await change(tag)).status).toBe(412)
    expect((await call('DELETE', path, { headers: tag })).status).toBe(412)
  })

  it('of a series counts each of its days', async () => {
    const wanted = {
      items: [{ resource_id: await add() }],
      from: '2027-03-01T09:00:00Z',
      to: '2027-03-01T10:00:00Z',
      title: 'A round',
      rule: 'FREQ=DAILY;COUNT=4',
      time_zone: 'UTC',
      exceptions: ['2027-03-02'],
    }
    const key = { 'idempotency-key': 'a-round' }
    const series = await post<BookingSeries>('/api/bookings/series', wanted, { headers: key })
    const read = await call('GET', series.path)
    expect(read.headers.get('etag')).toBe(series.tag['if-match'])
    const rename = (headers: object) =>
      call('PATCH', series.path, { body: { scope: 'all', title: 'Another' }, headers } as never)
    const day = await post(`${series.path}/occurrences`, { date: '2027-03-02' })
    expect(day.path).toStartWith('/api/bookings/')
    expect((await call('GET', day.path)).headers.get('etag')).toBe(day.tag['if-match'])
    // It has a day more than the person saw who made it.
    expect((await rename(series.tag)).status).toBe(412)
    const again = await post('/api/bookings/series', wanted, { headers: key })
    expect(again.tag).toEqual(series.tag)
    const now = { 'if-match': (await call('GET', series.path)).headers.get('etag') ?? '' }
    expect((await rename(now)).status).toBe(200)
    const change = { body: { title: 'Alone' }, headers: day.tag }
    expect((await call('PATCH', day.path, change)).status).toBe(412)
  })

  it('of a policy ends that version only', async () => {
    const type = await addType()
    const rules = { approval: { when: 'always' } }
    const first = await post<Policy>('/api/policies', { type, rules })
    expect((await call('GET', first.path)).headers.get('etag')).toBe(first.tag['if-match'])
    const second = await post<Policy>('/api/policies', { type, rules })
    const end = (path: string, headers: object) => call('DELETE', path, { headers } as never)
    expect((await end(second.path, first.tag)).status).toBe(412)
    expect((await end(second.path, { 'if-match': '"another"' })).status).toBe(412)
    expect((await end(first.path, first.tag)).status).toBe(409)
    expect((await end(second.path, second.tag)).status).toBe(204)
    expect((await end(second.path, second.tag)).status).toBe(409)
    const ended = await call('GET', second.path, {
      headers: { 'if-none-match': second.tag['if-match'] },
    })
    expect(ended).toMatchObject({ status: 200, body: { ended: expect.any(String) } })
  })

  it('of an entry of the waiting list is good until it is served', async () => {
    const resource_id = await add()
    const span = { from_datetime: '2027-03-01T09:00:00Z', to_datetime: '2027-03-01T10:00:00Z' }
    const booked = await post<Allocation>(`/api/resources/${resource_id}/allocations`, span)
    const join = (as: string) =>
      post<WaitlistEntry>('/api/waitlist', { resource_id, ...span }, { as })
    const [first, second, third] = [await join('anna'), await join('bert'), await join('clara')]
    const leave = (path: string, headers: object, as: string) =>
      call('DELETE', path, { headers, as } as never)
    expect((await leave(second.path, first.tag, 'bert')).status).toBe(412)
    expect((await leave(first.path, first.tag, 'anna')).status).toBe(204)
    // Whoever moves up reads another entry, and has changed nothing about it.
    const headers = { 'if-none-match': third.tag['if-match'] }
    const moved = await call('GET', third.path, { as: 'clara', headers })
    expect(moved).toMatchObject({ status: 200, body: { position: 2 } })
    expect(moved.headers.get('etag')).not.toBe(third.tag['if-match'])
    expect((await leave(third.path, third.tag, 'clara')).status).toBe(204)
    await call('DELETE', `/api/resources/${resource_id}/allocations/${booked.body.id}`)
    const served = await call('GET', second.path, { as: 'bert' })
    expect(served.body).toMatchObject({ status: 'served' })
    expect((await leave(second.path, second.tag, 'bert')).status).toBe(412)
    const current = { 'if-match': served.headers.get('etag') ?? '' }
    expect((await leave(second.path, current, 'bert')).status).toBe(409)
  })

  it('of an invited account is that of its profile', async () => {
    const { body } = await post<MadeInvitation>('/api/invitations', {})
    const token = body.link?.split('#').at(-1) ?? ''
    const username = 'invited'
    const email = `${username}@test.example`
    const user = await post('/api/invitations/accept', {
      token,
      username,
      email,
      password: 'a password for tests',
    })
    const { headers } = await call('GET', user.path)
    expect(headers.get('etag')).toBe(user.tag['if-match'])
  })
})
