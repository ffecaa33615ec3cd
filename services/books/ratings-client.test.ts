import { afterAll, beforeAll, describe, expect, it } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Book, BookWithRatings } from '../../shared/schemas/book.ts'
import type { Problem } from '../../shared/schemas/problem.ts'
import type { Rating } from '../../shared/schemas/rating.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { startForTest, type TestSystem } from '../testing/system.ts'
import { useSystem } from '../testing/use-system.ts'
import { findFreePort } from '../../shared/testing/port.ts'

describeStores('ratings through books', (makeDatabase) => {
  const { call, system } = useSystem(makeDatabase)
  const add = async (title: string) => {
    const body = { title, author: 'Somebody' }
    return (await call<Book>('POST', '/api/books', { body })).body.id
  }
  const rate = (id: number, value: unknown, as: string) =>
    call<Rating & Problem>('POST', `/api/books/${id}/ratings`, { body: { value }, as })

  it('are given through the book, once per user', async () => {
    const id = await add('Rated')
    const made = await rate(id, 8, 'anna')
    expect(made).toMatchObject({ status: 201, body: { book_id: id, value: 8 } })
    expect(made.body.email).toStartWith('anna@')
    const mine = await call('GET', made.headers.get('location') ?? '', { as: 'anna' })
    expect(mine.body).toEqual(made.body)
    expect(await rate(id, 3, 'anna')).toMatchObject({
      status: 409,
      body: { detail: 'Each user can only submit one rating per book.' },
    })
    expect((await rate(id, 11, 'bert')).status).toBe(422)
    expect((await rate(id, 5, 'bert')).status).toBe(201)
    const read = () => call<BookWithRatings>('GET', `/api/books/${id}`, { as: 'clara' })
    let found = await read()
    // A busy machine may take longer than a reader waits for the ratings.
    while (!found.body.ratings_available) found = await read()
    expect(found.body).toMatchObject({
      ratings_available: true,
      ratings: { average: 6.5, count: 2, ratings: [{ value: 8 }, { value: 5 }] },
    })
    expect(JSON.stringify(found.body)).not.toContain('@')
  })

  it('are not given to an unknown book', async () => {
    const missing = await rate(999_999, 8, 'anna')
    expect(missing).toMatchObject({ status: 404, body: { code: 'book_not_found' } })
    expect((await call('GET', '/api/ratings/999999')).status).toBe(404)
  })

  it('are given once for one key', async () => {
    const id = await add('Keyed')
    const options = { body: { value: 4 }, as: 'anna', headers: { 'idempotency-key': 'rate-1' } }
    const first = await call<Rating>('POST', `/api/books/${id}/ratings`, options)
    const again = await call<Rating>('POST', `/api/books/${id}/ratings`, options)
    expect([first.status, again.status, again.body]).toEqual([201, 201, first.body])
    expect(again.headers.get('idempotent-replayed')).toBe('true')
  })

  it('sort books, and two tens do not top the list', async () => {
    const good = await add('Good to many')
    const adored = await add('Adored by two')
    const unread = await add('Unread')
    const bad = await add('Bad to many')
    const wanted = [good, adored, unread, bad]
    const readers = Array.from({ length: 12 }, (_, at) => `reader${at}`)
    for (const reader of readers) {
      // Directly, as the copy must not depend on the way.
      const direct = (id: number) => `/api/ratings/${id}`
      await call('POST', direct(good), { body: { value: 9 }, as: reader })
      await call('POST', direct(bad), { body: { value: 2 }, as: reader })
    }
    for (const reader of readers.slice(0, 2)) await rate(adored, 10, reader)
    system().startTasks()
    const ids = async () => {
      const { body } = await call<Book[]>('GET', '/api/books?sort=rating')
      return body.map(({ id }) => id).filter((id) => wanted.includes(id))
    }
    for (let waited = 0; waited < 200 && !Bun.deepEquals(await ids(), wanted); waited++) {
      await Bun.sleep(50)
    }
    expect(await ids()).toEqual(wanted)
    const { body } = await call<Book>('GET', `/api/books/${good}`)
    expect(body).toMatchObject({ average_rating: 9, ratings_count: 12 })
  }, 30_000)
})

// Books, users and the door in one process, the ratings in another place.
describe('books while ratings is unavailable', () => {
  let front: TestSystem
  let ratings: TestSystem | undefined
  let frontUrl = ''
  let ratingsPort = 0
  const folders: string[] = []

  async function makeDatabase(): Promise<{ url: string; remove: () => Promise<void> }> {
    const folder = await mkdtemp(join(tmpdir(), 'campus-away-'))
    folders.push(folder)
    return { url: `sqlite:${folder}/{service}.sqlite`, remove: async () => {} }
  }

  async function startRatings() {
    const database = { url: `sqlite:${folders[0]}/{service}.sqlite`, remove: async () => {} }
    ratings = await startForTest(async () => database, {
      parts: ['ratings'],
      environment: { USERS_URL: frontUrl },
    })
    ratings.app.listen({ port: ratingsPort, hostname: '127.0.0.1', reusePort: false })
  }

  async function stopRatings() {
    await ratings?.app.stop(true)
    await ratings?.close()
    ratings = undefined
  }

  beforeAll(async () => {
    ratingsPort = findFreePort()
    front = await startForTest(makeDatabase, {
      parts: ['gateway', 'users', 'books'],
      environment: { RATINGS_URL: `http://127.0.0.1:${ratingsPort}` },
    })
    front.app.listen({ port: 0, hostname: '127.0.0.1', reusePort: false })
    frontUrl = `http://127.0.0.1:${front.app.server?.port}`
    await startRatings()
    await front.send('POST', '/api/books', { body: { title: 'Steady', author: 'A' } })
  }, 30_000)
  afterAll(async () => {
    await stopRatings()
    await front.app.stop(true)
    await front.close()
    await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })))
  })

  async function look(): Promise<{ ms: number; status: number; body: BookWithRatings }> {
    const began = performance.now()
    const response = await front.send('GET', '/api/books/1')
    const body = (await response.json()) as BookWithRatings
    return { ms: performance.now() - began, status: response.status, body }
  }

  async function lookOften(times: number) {
    const looks = []
    for (let at = 0; at < times; at++) looks.push(await look())
    const sorted = looks.map(({ ms }) => ms).toSorted((a, b) => a - b)
    return { looks, median_ms: sorted[Math.floor(times / 2)] ?? NaN }
  }

  async function lookUntil(available: boolean) {
    for (let waited = 0; waited < 200; waited++) {
      const { body } = await look()
      if (body.ratings_available === available) return body
      await Bun.sleep(50)
    }
    throw new Error(`ratings_available never became ${available}`)
  }

  it('are served without ratings immediately, and with them when it is back', async () => {
    expect((await lookUntil(true)).ratings).toMatchObject({ count: 0 })
    const before = await lookOften(15)
    await stopRatings()
    const away = await lookOften(15)
    for (const { status, body } of away.looks) {
      expect(status).toBe(200)
      expect(body).toMatchObject({ title: 'Steady', ratings: null, ratings_available: false })
    }
    expect(away.median_ms - before.median_ms).toBeLessThan(100)
    const list = await front.send('GET', '/api/books?sort=rating')
    expect(list.status).toBe(200)
    const refused = await front.send('POST', '/api/books/1/ratings', { body: { value: 8 } })
    expect([refused.status, ((await refused.json()) as Problem).code]).toEqual([
      503,
      'ratings_unavailable',
    ])
    await startRatings()
    await lookUntil(true)
    const rated = await front.send('POST', '/api/books/1/ratings', { body: { value: 8 } })
    expect(rated.status).toBe(201)
    expect((await lookUntil(true)).ratings).toMatchObject({ average: 8, count: 1 })
  }, 30_000)

  it('do not wait for a hanging ratings service', async () => {
    await lookUntil(true)
    const before = await lookOften(15)
    await stopRatings()
    const hanging = Bun.listen({
      hostname: '127.0.0.1',
      port: ratingsPort,
      socket: { data() {} }, // takes the request, and says nothing
    })
    const stuck = await lookOften(15)
    expect(stuck.looks.every(({ status, body }) => status === 200 && !body.ratings)).toBe(true)
    const slowest = Math.max(...stuck.looks.map(({ ms }) => ms))
    expect(stuck.median_ms - before.median_ms).toBeLessThan(100)
    expect(slowest).toBeLessThan(1000)
    const imported = await front.send('POST', '/api/books/import', {
      headers: { 'content-type': 'text/csv' },
      body: 'title,author,my rating\nStarred,A,5\n',
    })
    expect([imported.status, await imported.json()]).toMatchObject([
      200,
      { imported: 1, skipped: 0, problems: [{ line: 2, code: 'ratings_unavailable' }] },
    ])
    hanging.stop(true)
    await startRatings()
    await lookUntil(true)
  }, 30_000)

  it('never fail under load while ratings is killed and restarted', async () => {
    let isOver = false
    const statuses = new Map<string, number>()
    const reader = async () => {
      while (!isOver) {
        const { status, body } = await look()
        const key = `${status} ${body.ratings_available}`
        statuses.set(key, (statuses.get(key) ?? 0) + 1)
        await Bun.sleep(1) // a request from outside would leave the loop a turn as well
      }
    }
    const readers = Promise.all(Array.from({ length: 10 }, reader))
    try {
      for (let round = 0; round < 2; round++) {
        await Bun.sleep(200)
        await stopRatings()
        await Bun.sleep(200)
        await startRatings()
      }
      await lookUntil(true)
    } finally {
      isOver = true
      await readers
    }
    expect([...statuses.keys()].toSorted()).toEqual(['200 false', '200 true'])
  }, 30_000)
})
