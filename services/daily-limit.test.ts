import { afterAll, beforeAll, expect, it } from 'bun:test'
import { sql } from 'drizzle-orm'
import { createStores } from '@campus/store/open.ts'
import { describeStores, type TestDatabase } from '../shared/testing/describe-stores.ts'
import { startForTest, type SendOptions, type TestSystem } from './testing/system.ts'
import { hour_ms } from '../shared/duration.ts'

const perDay = 5
const start = Date.parse('2031-01-01T00:00:00Z')

describeStores('daily limits', (makeDatabase) => {
  let database: TestDatabase
  let replicas: TestSystem[]
  let car: string
  let hour = 0

  async function startReplica(): Promise<TestSystem> {
    const environment = {
      USER_BOOKINGS_PER_DAY: String(perDay),
      USER_BOOKS_PER_DAY: String(perDay),
    }
    const share = async () => ({ url: database.url, remove: async () => {} })
    return startForTest(share, { environment })
  }

  beforeAll(async () => {
    database = await makeDatabase({ migrated: true })
    replicas = [await startReplica(), await startReplica()]
    const made = await send(0, '/api/cars', { body: { name: 'A' } })
    car = `${made.headers.get('location')}/allocations`
  }, 60_000)

  afterAll(async () => {
    for (const replica of replicas) await replica.close()
    await database.remove()
  })

  async function send(replica: number, path: string, options: SendOptions): Promise<Response> {
    const method = path.includes('/allocations/') ? 'PATCH' : 'POST'
    const answer = await replicas[replica]?.send(method, path, options)
    if (!answer) throw new Error(`There is no replica ${replica}`)
    return answer
  }

  type Write = (replica: number, as: string) => Promise<number>

  const book: Write = async (replica, as) => {
    const body = {
      from_datetime: new Date(start + hour * hour_ms).toISOString(),
      to_datetime: new Date(start + ++hour * hour_ms).toISOString(),
    }
    return (await send(replica, car, { as, body })).status
  }
  const bookByRules: Write = async (replica, as) => {
    const body = { items: [{ resource_id: car.split('/').at(-2) }], title: 'A visit', ...toSpan() }
    return (await send(replica, '/api/bookings', { as, body })).status
  }
  const toSpan = () => ({
    from: new Date(start + hour * hour_ms).toISOString(),
    to: new Date(start + ++hour * hour_ms).toISOString(),
  })
  const add: Write = async (replica, as) => {
    const body = { title: `Book ${++hour}`, author: as }
    return (await send(replica, '/api/books', { as, body })).status
  }
  const importOne: Write = async (replica, as) => {
    const body = [{ title: `Book ${++hour}`, author: as }]
    const answer = await send(replica, '/api/books/import', { as, body })
    const { imported } = (await answer.json()) as { imported: number }
    return imported === 1 ? 201 : 429
  }

  const writes = { bookings: book, rules: bookByRules, books: add, imports: importOne }
  for (const [name, write] of Object.entries(writes)) {
    it(`are shared by all replicas, and survive a restart: ${name}`, async () => {
      const as = `often-${name}`
      for (let made = 0; made < perDay; made++) expect(await write(made % 2, as)).toBe(201)
      expect([await write(0, as), await write(1, as)]).toEqual([429, 429])
      await replicas[1]?.close()
      replicas[1] = await startReplica()
      expect(await write(1, as)).toBe(429)
      expect(await write(1, `another-${name}`)).toBe(201)
    }, 60_000)
  }

  it('count each day of a series, and refuse it if too few are left', async () => {
    const days = (count: number) => ({ rule: `FREQ=DAILY;COUNT=${count}`, time_zone: 'UTC' })
    const repeat = async (count: number) => {
      const wanted = { items: [{ type: 'Car' }], title: 'A round', ...toSpan(), ...days(count) }
      return (await send(0, '/api/bookings/series', { as: 'repeating', body: wanted })).status
    }
    expect(await repeat(perDay + 1)).toBe(429)
    expect(await repeat(perDay - 1)).toBe(201)
    expect(await repeat(2)).toBe(429)
    expect(await repeat(1)).toBe(201)
  })

  it('refuse no retry of a bundle', async () => {
    const { from: from_datetime, to: to_datetime } = toSpan()
    const items = [{ resource_id: car.split('/').at(-2) }]
    const body = { items, from_datetime, to_datetime }
    const headers = { 'idempotency-key': 'the-last-one' }
    const together = () => send(0, '/api/allocations', { as: 'retrying', body, headers })
    for (let made = 1; made < perDay; made++) expect(await book(0, 'retrying')).toBe(201)
    const first = await together()
    const again = await together()
    expect([first.status, again.status, await book(0, 'retrying')]).toEqual([201, 201, 429])
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    expect(await again.json()).toEqual(await first.json())
  })

  it('count a change like a booking, but no refusal', async () => {
    const as = 'changing'
    const made = await send(0, car, {
      as,
      body: { from_datetime: '2032-01-01T00:00:00Z', to_datetime: '2032-01-02T00:00:00Z' },
    })
    const { id } = (await made.json()) as { id: string }
    const change = async (replica: number, body: object) =>
      (await send(replica, `${car}/${id}`, { as, body })).status
    await book(0, 'in-the-way')
    const taken = {
      from_datetime: new Date(start + (hour - 1) * hour_ms).toISOString(),
      to_datetime: new Date(start + hour * hour_ms).toISOString(),
    }
    for (let refused = 0; refused < perDay; refused++) expect(await change(1, taken)).toBe(409)
    for (let done = 1; done < perDay; done++) {
      expect(await change(done % 2, { description: `${done}` })).toBe(200)
    }
    expect(await change(0, { description: 'more' })).toBe(429)
    expect(await book(1, as)).toBe(429)
  })

  it('count a hold like a booking, released too: what was written of it stays', async () => {
    const as = 'holding'
    const hold = async () => {
      const { from: from_datetime, to: to_datetime } = toSpan()
      const items = [{ resource_id: car.split('/').at(-2) }]
      const body = { items, from_datetime, to_datetime, hold_for: 'PT5M' }
      const answer = await send(0, '/api/allocations', { as, body })
      const { allocations } = (await answer.json()) as { allocations?: { id: string }[] }
      return { status: answer.status, id: allocations?.[0]?.id }
    }
    for (let made = 0; made < perDay; made++) {
      const { status, id } = await hold()
      const end = made % 2 === 0 ? 'release' : 'confirm'
      const ended = await replicas[0]?.send('POST', `/api/allocations/${id}/${end}`, { as })
      expect([status, ended?.status]).toEqual([201, end === 'release' ? 204 : 200])
    }
    expect([(await hold()).status, await book(1, as)]).toEqual([429, 429])
  })

  it('hold under many simultaneous requests to one replica', async () => {
    // Past the days of the series.
    hour = 1000
    const answers = await Promise.all(Array.from({ length: 8 * perDay }, () => book(0, 'hasty')))
    expect(answers.filter((status) => status === 201)).toHaveLength(perDay)
    expect(answers.filter((status) => status === 429)).toHaveLength(7 * perDay)
  })

  it('are counted in the commit of the rows', async () => {
    const stores = createStores()
    const { rows } = await stores.open(database.url.replace('{service}', 'inventory'))
    const counts = await rows<{ used: number; bookings: number }>(sql`
      SELECT used, (
        SELECT count(*) FROM allocations WHERE user_id IN (created_by, booked_for)) AS bookings
      FROM daily_counts WHERE used <= ${perDay}`)
    await stores.close()
    expect(counts.length).toBeGreaterThan(2)
    const changes = counts.map(({ used, bookings }) => used - Number(bookings))
    // Of who changed bookings, and who released holds.
    const [changed, released] = [perDay - 1, Math.ceil(perDay / 2)]
    expect(changes.filter((count) => count !== 0).toSorted()).toEqual([released, changed])
  })
})
