import { expect, it, onTestFinished } from 'bun:test'
import type { Problem } from '../shared/schemas/problem.ts'
import { describeStores } from '../shared/testing/describe-stores.ts'
import document from './openapi.json'
import { forgeCursor } from './testing/forged-cursor.ts'
import { startForTest } from './testing/system.ts'

interface Operation {
  parameters?: ({ name: string } | { $ref: string })[]
}

// Some want a window first, and one is for services.
const refusals = new Set(['cursor_invalid', 'forbidden', 'invalid_request', 'window_too_long'])

// Those that can be asked for as they stand.
const lists = Object.entries(document.paths as Record<string, { get?: Operation }>)
  .filter(([path, { get }]) => !path.includes('{') && get?.parameters?.some(isCursor))
  .map(([path]) => path)

function isCursor(parameter: object): boolean {
  return /\bcursor\b/i.test(JSON.stringify(parameter))
}

describeStores('a cursor', (makeDatabase) => {
  it('is valid for its own list, filters and order only', async () => {
    expect(lists.length).toBeGreaterThan(15)
    const system = await startForTest(makeDatabase)
    onTestFinished(system.close)
    const ask = async (path: string) => {
      const answer = await system.send('GET', path)
      return answer.ok ? { code: 'ok' } : ((await answer.json()) as Problem)
    }
    for (const title of ['One', 'Two', 'Three'])
      await system.send('POST', '/api/books', { body: { title, author: 'Ada' } })
    const first = await system.send('GET', '/api/books?sort=title&limit=1')
    const next = /<(.+)>/.exec(first.headers.get('link') ?? '')?.[1] ?? ''
    const cursor = new URLSearchParams(next.split('?')[1]).get('cursor') ?? ''
    expect((await ask(next)).code).toBe('ok')
    // The page may get longer on the way.
    expect((await ask(`/api/books?limit=2&cursor=${cursor}&sort=title`)).code).toBe('ok')
    for (const query of ['', 'sort=author&', 'sort=title&order=desc&', 'sort=title&q=o&']) {
      const { code } = await ask(`/api/books?${query}cursor=${cursor}`)
      expect([query, code]).toEqual([query, 'cursor_invalid'])
    }
    // Nor is it good for others, nor is a place that a list has not.
    for (const path of lists) {
      for (const link of [`${path}?cursor=${cursor}`, forgeCursor(path, { a: [] })]) {
        const { code } = await ask(link)
        expect([link, refusals.has(code)]).toEqual([link, true])
      }
    }
  }, 60_000)

  it('works after the longest names', async () => {
    const system = await startForTest(makeDatabase)
    onTestFinished(system.close)
    const name = (first: string) => first + '😀'.repeat(78) + 'ﷺ'
    const lists: [path: string, made: (first: string) => object][] = [
      ['/api/books?sort=title', (first) => ({ title: name(first), author: name(first) })],
      ['/api/groups', (first) => ({ name: first + '😀'.repeat(49) })],
      ['/api/resources?type=Car', (first) => ({ resource_type: 'Car', name: name(first) })],
    ]
    for (const [path, made] of lists) {
      const at = path.split('?')[0] ?? ''
      for (const first of ['a', 'b']) {
        const { status } = await system.send('POST', at, { body: made(first) })
        expect([path, status]).toEqual([path, 201])
      }
      const page = await system.send('GET', `${path}${path.includes('?') ? '&' : '?'}limit=1`)
      const next = /<(.+)>/.exec(page.headers.get('link') ?? '')?.[1] ?? ''
      const following = await system.send('GET', next)
      expect([path, following.status]).toEqual([path, 200])
    }
  }, 60_000)
})
