import { afterAll, beforeAll, expect, it } from 'bun:test'
import type { Allocation } from '../../shared/schemas/allocation.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { startForTest, type TestSystem } from '../testing/system.ts'
import { day_ms } from '../../shared/duration.ts'

const perDay = 5
const start = Date.parse('2031-01-01T00:00:00Z')

describeStores("a member's limit", (makeDatabase) => {
  let system: TestSystem
  let path: string
  let now = Date.now()
  beforeAll(async () => {
    const environment = { USER_BOOKINGS_PER_DAY: String(perDay) }
    system = await startForTest(makeDatabase, { environment, clock: () => now })
    const made = await system.send('POST', '/api/cars', { body: { name: 'A' } })
    path = `${made.headers.get('location')}/allocations`
  }, 30_000)
  afterAll(() => system.close())

  async function book(as: string, body: object, key?: string) {
    const headers = key ? { 'idempotency-key': key } : {}
    const answer = await system.send('POST', path, { as, body, headers })
    return { status: answer.status, body: (await answer.json()) as Allocation & { code?: string } }
  }
  const days = (from: number, to: number) => ({
    from_datetime: new Date(start + from * day_ms).toISOString(),
    to_datetime: new Date(start + to * day_ms).toISOString(),
  })

  it('is a year per booking, with an end', async () => {
    const tooLong = { status: 422, body: { code: 'span_too_long' } }
    expect(await book('a-year', days(0, 367))).toMatchObject(tooLong)
    const endless = { from_infinity: true, to_infinity: true }
    expect(await book('a-year', endless)).toMatchObject(tooLong)
    const { to_datetime: _, ...open } = days(0, 1)
    expect(await book('a-year', { ...open, to_infinity: true })).toMatchObject(tooLong)
    const { status, body } = await book('a-year', days(0, 366))
    expect(status).toBe(201)
    const change = (body: object, as: string) =>
      system.send('PATCH', `${path}/${id}`, { as, body }).then((answer) => answer.status)
    const { id } = body
    expect(await change({ to_infinity: true, to_datetime: null }, 'a-year')).toBe(422)
    expect(await change({ from_infinity: true, from_datetime: null }, 'a-year')).toBe(422)
    expect(await change({ to_infinity: true, to_datetime: null }, 'admin')).toBe(200)
    // What an administrator gave stays his, and he may say what it is for.
    expect(await change({ description: 'for ever' }, 'a-year')).toBe(200)
    expect((await system.send('DELETE', `${path}/${id}`)).status).toBe(204)
  })

  it('is a number of rows per day, including changes, but no refusals', async () => {
    const made = await book('busy', days(1000, 1001))
    expect(made.status).toBe(201)
    for (let refused = 0; refused < perDay; refused++) {
      expect((await book('busy', days(1000, 1001))).status).toBe(409)
    }
    const describe = () => {
      const body = { description: `${Math.random()}` }
      return system.send('PATCH', `${path}/${made.body.id}`, { as: 'busy', body })
    }
    for (let at = 1; at < perDay; at++) expect((await describe()).status).toBe(200)
    const over = await describe()
    expect(over.status).toBe(429)
    expect(Number(over.headers.get('retry-after'))).toBeLessThanOrEqual(day_ms / 1000)
    expect(await book('busy', days(1002, 1003))).toMatchObject({
      status: 429,
      body: { code: 'daily_limit_reached' },
    })
    expect((await book('another', days(1002, 1003))).status).toBe(201)
    for (let at = 0; at < 2 * perDay; at++) {
      expect((await book('admin', days(1010 + at, 1011 + at))).status).toBe(201)
    }
    now += day_ms
    expect((await book('busy', days(1004, 1005))).status).toBe(201)
  })

  it('does not affect a retry after a lost response', async () => {
    const first = await book('repeating', days(2000, 2001), 'first')
    for (let at = 1; at < perDay; at++) {
      expect((await book('repeating', days(2000 + at, 2001 + at))).status).toBe(201)
    }
    expect(await book('repeating', days(2000, 2001), 'first')).toEqual(first)
    const refused = { status: 429, body: { code: 'daily_limit_reached' } }
    expect(await book('repeating', days(2100, 2101), 'second')).toMatchObject(refused)
    expect(await book('repeating', days(2000, 2001))).toMatchObject(refused)
  })

  it('counts the allocations of a bundle, but no retries', async () => {
    const cars = await Promise.all(
      Array.from({ length: perDay }, async (_, at) => {
        const made = await system.send('POST', '/api/cars', { body: { name: `Several ${at}` } })
        return ((await made.json()) as { id: string }).id
      }),
    )
    const take = (ids: string[], key: string, mode = 'all') => {
      const items = ids.map((resource_id) => ({ resource_id }))
      const body = { items, mode, ...days(3000, 3001) }
      const headers = { 'idempotency-key': key }
      return system.send('POST', '/api/allocations', { as: 'several', body, headers })
    }
    const [first = ''] = cars
    await system.send('POST', `/api/cars/${first}/allocations`, { body: days(3000, 3001) })
    const some = await take(cars, 'some', 'skip')
    expect(some.status).toBe(201)
    // Four of five were had: one is left.
    expect((await book('several', days(3100, 3101))).status).toBe(201)
    expect((await book('several', days(3101, 3102))).status).toBe(429)
    const again = await take(cars, 'some', 'skip')
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([201, 'true'])
    expect(await again.json()).toEqual(await some.json())
  })
})
