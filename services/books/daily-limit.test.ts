import { afterAll, beforeAll, expect, it } from 'bun:test'
import type { Book, ImportReport } from '../../shared/schemas/book.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { startForTest, type TestSystem } from '../testing/system.ts'
import { day_ms } from '../../shared/duration.ts'

const perDay = 5

describeStores('what a member may add to the list', (makeDatabase) => {
  let system: TestSystem
  let now = Date.now()
  beforeAll(async () => {
    const environment = { USER_BOOKS_PER_DAY: String(perDay) }
    system = await startForTest(makeDatabase, { environment, clock: () => now })
  }, 30_000)
  afterAll(() => system.close())

  const add = (as: string, title: string, headers = {}) =>
    system.send('POST', '/api/books', { as, headers, body: { title, author: as } })
  const statuses = async (answers: Promise<Response>[]) =>
    (await Promise.all(answers)).map(({ status }) => status).toSorted()
  async function importBooks(as: string, titles: string[]): Promise<ImportReport> {
    const body = titles.map((title) => ({ title, author: as, shelf: 'read' }))
    const answer = await system.send('POST', '/api/books/import', { as, body })
    expect(answer.status).toBe(200)
    return (await answer.json()) as ImportReport
  }
  const titles = (count: number) => Array.from({ length: count }, (_, at) => `Number ${at}`)

  it('is limited per day, even for simultaneous requests', async () => {
    const answers = titles(3 * perDay).map((title) => add('hasty', title))
    const added = Array.from({ length: perDay }, () => 201)
    const refused = Array.from({ length: 2 * perDay }, () => 429)
    expect(await statuses(answers)).toEqual([...added, ...refused])
    const over = await add('hasty', 'One more')
    expect(await over.json()).toMatchObject({ code: 'daily_limit_reached' })
    expect(Number(over.headers.get('retry-after'))).toBeLessThanOrEqual(day_ms / 1000)
    expect((await add('another', 'One more')).status).toBe(201)
    now += day_ms
    expect((await add('hasty', 'One more')).status).toBe(201)
  })

  it('does not count existing books, and returns the stored response to a retry', async () => {
    const key = { 'idempotency-key': 'first-of-them' }
    const first = (await (await add('patient', 'Number 0', key)).json()) as Book
    for (let round = 0; round < perDay; round++) {
      expect((await add('patient', 'Number 0')).status).toBe(409)
    }
    const rest = titles(perDay).slice(1)
    for (const title of rest) expect((await add('patient', title)).status).toBe(201)
    expect((await add('patient', 'One more')).status).toBe(429)
    const again = await add('patient', 'Number 0', key)
    expect(await again.json()).toMatchObject({ id: first.id })
  })

  it('is counted through an import, which may be sent again the next day', async () => {
    const all = titles(2 * perDay)
    const report = await importBooks('bulk', all)
    expect(report).toMatchObject({ imported: perDay, skipped: perDay })
    expect(report.problems.map(({ line, code }) => [line, code])).toEqual(
      all.slice(perDay).map((_, at) => [perDay + at + 1, 'daily_limit_reached']),
    )
    expect((await add('bulk', 'One more')).status).toBe(429)
    now += day_ms
    expect(await importBooks('bulk', all)).toMatchObject({ imported: perDay, skipped: perDay })
    const shelf = await system.send('GET', '/api/books?shelf=read', { as: 'bulk' })
    expect(await shelf.json()).toHaveLength(2 * perDay)
  })

  it('is unlimited for administrators', async () => {
    expect(await importBooks('admin', titles(4 * perDay))).toMatchObject({ imported: 4 * perDay })
    expect((await add('admin', 'One more')).status).toBe(201)
  })
})
