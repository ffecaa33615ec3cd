import { expect, it } from 'bun:test'
import type { Allocation } from '../../shared/schemas/allocation.ts'
import type { Problem } from '../../shared/schemas/problem.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { at, useInventory } from './fixture.ts'

describeStores('bookings', (makeDatabase) => {
  const { call, add, book, audit, system } = useInventory(makeDatabase)

  it('returns a booking with its location and maker', async () => {
    const car = await add()
    const span = { from_datetime: at('09:00'), to_datetime: at('10:00') }
    const { status, headers, body } = await call<Allocation>('POST', `${car}/allocations`, {
      body: { ...span, description: 'Visit', dump: { km: 12 } },
    })
    expect(status).toBe(201)
    expect(headers.get('location')).toBe(`${car}/allocations/${body.id}`)
    expect(body).toMatchObject({
      resource_type: 'Car',
      resource_id: car.slice(-36),
      from_infinity: false,
      to_infinity: false,
      from_datetime: at('09:00'),
      to_datetime: at('10:00'),
      allocation_type: 'booking',
      description: 'Visit',
      dump: { km: 12 },
      created_by: expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
    expect((await call('GET', `${car}/allocations/${body.id}`)).body).toEqual(body)
  })

  it('are found by id among several, and changed individually', async () => {
    const [car, other] = [await add(), await add()]
    const first = (await book(car, at('09:00'), at('10:00'))).body
    const second = (await book(car, at('11:00'), at('12:00'))).body
    const path = `${car}/allocations/${second.id}`
    expect((await call('GET', path)).body).toEqual(second)
    expect((await call('GET', `${other}/allocations/${second.id}`)).status).toBe(404)
    const moved = await call('PATCH', path, { body: { to_datetime: at('12:30') } })
    expect(moved).toMatchObject({ status: 200, body: { id: second.id, to_datetime: at('12:30') } })
    expect((await call('DELETE', path)).status).toBe(204)
    expect((await call('GET', `${car}/allocations`)).body).toEqual([first])
  })

  it('accept any offset, default to UTC, and are returned in UTC', async () => {
    const car = await add()
    const { body } = await book(car, '2027-03-01T10:00:00+01:00', '2027-03-01T09:30')
    expect(body).toMatchObject({ from_datetime: at('09:00'), to_datetime: at('09:30') })
  })

  it('refuse an overlap of one millisecond, and name the conflict', async () => {
    const car = await add()
    const { body: first } = await book(car, at('09:00'), at('10:00'))
    const { status, body } = await book(car, '2027-03-01T09:59:59.999Z', at('11:00'))
    expect(status).toBe(409)
    const { id, from_datetime, to_datetime } = first
    const conflicts = [{ id, from_datetime, to_datetime }]
    expect(body).toMatchObject({ code: 'allocation_overlap', conflicts })
  })

  it('accept back-to-back spans: the end is exclusive', async () => {
    const car = await add()
    for (const [from, to] of [
      ['10:00', '11:00'],
      ['09:00', '10:00'],
      ['11:00', '12:00'],
    ] as const) {
      expect((await book(car, at(from), at(to))).status).toBe(201)
    }
  })

  it('let exactly one of 100 simultaneous requests for one span win', async () => {
    const car = await add()
    const before = await audit()
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => book(car, at('09:00'), at('10:00'))),
    )
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(99)
    const { allocations, overlaps, constraint } = await audit()
    expect({ made: allocations - before.allocations, overlaps, constraint }).toEqual({
      made: 1,
      overlaps: 0,
      constraint: true,
    })
  })

  it('let the same rows of one batch win in any order', async () => {
    const car = await add()
    const spans = [
      ['09:00', '10:00'],
      ['09:30', '10:30'],
      ['10:00', '11:00'],
      ['08:00', '09:01'],
    ]
    const answers = await Promise.all(
      spans.map(([from = '', to = '']) => book(car, at(from), at(to))),
    )
    const won = answers.filter(({ status }) => status === 201).length
    const list = await call<Allocation[]>('GET', `${car}/allocations`)
    expect(list.body).toHaveLength(won)
    expect((await audit()).overlaps).toBe(0)
  })

  it('may have no bound at either end', async () => {
    const car = await add()
    const endless = { to_infinity: true, to_datetime: null, allocation_type: 'maintenance' }
    const { status, body } = await call<Allocation>('POST', `${car}/allocations`, {
      body: { from_datetime: at('09:00'), ...endless },
    })
    expect(status).toBe(201)
    expect(body).toMatchObject({ ...endless, from_infinity: false })
    expect((await book(car, '2999-01-01T00:00:00Z', '2999-01-02T00:00:00Z')).status).toBe(409)
    const always = await call<Allocation>('POST', `${await add()}/allocations`, {
      body: { from_infinity: true, to_infinity: true },
    })
    expect(always.body).toMatchObject({ from_datetime: null, to_datetime: null })
  })

  it('move only once the new place is won, and keep their id', async () => {
    const car = await add()
    const { body: first } = await book(car, at('09:00'), at('10:00'))
    await book(car, at('12:00'), at('13:00'))
    const path = `${car}/allocations/${first.id}`
    const refused = await call<Problem>('PATCH', path, { body: { to_datetime: at('12:01') } })
    expect(refused).toMatchObject({ status: 409, body: { code: 'allocation_overlap' } })
    expect((await call('GET', path)).body).toEqual(first)
    const moved = await call('PATCH', path, {
      body: { from_datetime: at('09:30'), to_datetime: at('12:00') },
    })
    expect(moved.body).toEqual({ ...first, from_datetime: at('09:30'), to_datetime: at('12:00') })
    expect((await book(car, at('09:00'), at('09:30'))).status).toBe(201)
  })

  it('free their time when released', async () => {
    const car = await add()
    const { body } = await book(car, at('09:00'), at('10:00'))
    const path = `${car}/allocations/${body.id}`
    expect((await call('DELETE', path)).status).toBe(204)
    expect((await call('DELETE', path)).status).toBe(404)
    expect((await call('GET', path)).body).toMatchObject({ code: 'allocation_not_found' })
    expect((await book(car, at('09:00'), at('10:00'))).status).toBe(201)
  })

  it('return the stored response to a retry, even after the booking moved', async () => {
    const car = await add()
    const headers = { 'idempotency-key': 'key-1' }
    const body = { from_datetime: at('09:00'), to_datetime: at('10:00') }
    const send = () => call<Allocation>('POST', `${car}/allocations`, { headers, body })
    const answers = await Promise.all([send(), send(), send()])
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1)
    const first = answers[0]?.body
    await call('DELETE', `${car}/allocations/${first?.id}`)
    const again = await send()
    expect(again).toMatchObject({ status: 201, body: first })
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    expect((await call<Allocation[]>('GET', `${car}/allocations`)).body).toEqual([])
    const other = { ...body, description: 'another' }
    const reused = await call('POST', `${car}/allocations`, { headers, body: other })
    expect(reused).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } })
  })

  it('return the stored response to a retry after the resource was retired', async () => {
    for (const segment of ['cars', 'resources']) {
      const car = await add()
      const path = `${car.replace('cars', segment)}/allocations`
      const request = {
        headers: { 'idempotency-key': path },
        body: { from_datetime: '2020-01-01T09:00Z', to_datetime: '2020-01-01T10:00Z' },
      }
      const first = await call('POST', path, request)
      expect(first.status).toBe(201)
      expect((await call('DELETE', car)).status).toBe(204)
      expect(await call('POST', path, request)).toMatchObject({ status: 201, body: first.body })
    }
  })

  it('do not store refusals under a key', async () => {
    const car = await add()
    const { body: other } = await book(car, at('09:00'), at('10:00'))
    const headers = { 'idempotency-key': 'key-2' }
    const body = { from_datetime: at('09:00'), to_datetime: at('10:00') }
    const send = () => call('POST', `${car}/allocations`, { headers, body })
    expect((await send()).status).toBe(409)
    await call('DELETE', `${car}/allocations/${other.id}`)
    expect((await send()).status).toBe(201)
  })

  it('honour If-Match on change and release', async () => {
    const car = await add()
    const { body } = await book(car, at('09:00'), at('10:00'))
    const path = `${car}/allocations/${body.id}`
    const etag = (await call('GET', path)).headers.get('etag') ?? ''
    const headers = { 'if-match': etag }
    expect(etag).toStartWith('"v1-')
    const change = await call('PATCH', path, { headers, body: { description: 'mine' } })
    expect(change.status).toBe(200)
    expect(change.headers.get('etag')).toStartWith('"v2-')
    expect((await call('PATCH', path, { headers, body: { description: 'late' } })).status).toBe(412)
    const read = { 'if-match': change.headers.get('etag') ?? '' }
    const next = await call('PATCH', path, { headers: read, body: { description: 'next' } })
    expect(next.status).toBe(200)
    expect((await call('GET', path)).headers.get('etag')).toBe(next.headers.get('etag'))
    expect((await call('DELETE', path, { headers })).status).toBe(412)
    expect((await call('DELETE', path, { headers: { 'if-match': '*' } })).status).toBe(204)
  })

  it('refuse unknown resources, and those of another type', async () => {
    const car = await add()
    const lorry = car.replace('cars', 'lorries')
    expect((await book(lorry, at('09:00'), at('10:00'))).body.code).toBe('resource_not_found')
    expect(system().logged()).not.toContain('"level":"error"')
  })
})
