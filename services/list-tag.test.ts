import { beforeAll, expect, it } from 'bun:test'
import type { Book } from '../shared/schemas/book.ts'
import { describeStores } from '../shared/testing/describe-stores.ts'
import { useSystem } from './testing/use-system.ts'

describeStores('the tag of a list', (makeDatabase) => {
  const { system, call } = useSystem(makeDatabase)
  const made: string[] = []
  beforeAll(async () => {
    for (let at = 0; at < 30; at++) {
      const body = { title: `The ${at}th of thirty volumes in a row`, author: 'Anna Author' }
      made.push(String((await call<Book>('POST', '/api/books', { body })).body.id))
    }
  }, 60_000)

  const get = (path: string, headers: Record<string, string> = {}, as = 'admin') =>
    system().send('GET', path, { headers, as })
  const tagOf = async (path: string, as?: string) => {
    const { status, headers } = await get(path, {}, as)
    expect([status, headers.get('cache-control')]).toEqual([200, 'private, no-cache'])
    expect(headers.get('etag')).toMatch(/^W\/"[0-9a-z]+"$/)
    return headers.get('etag') ?? ''
  }

  it.each(['/api/books?limit=30', '/api/books?limit=2', '/api/cars', '/api/courses', '/api/users'])(
    'says that nothing changed: %s',
    async (path) => {
      const tag = await tagOf(path)
      for (const known of [tag, tag.slice(2), `"other", ${tag}`, '*']) {
        const same = await get(path, { 'if-none-match': known, 'accept-encoding': 'gzip' })
        expect([same.status, await same.text(), same.headers.get('etag')]).toEqual([304, '', tag])
        expect(same.headers.get('vary')).toContain('authorization')
        expect(same.headers.has('content-encoding')).toBe(false)
      }
      const other = await get(path, { 'if-none-match': 'W/"another"' })
      expect([other.status, other.headers.get('etag')]).toEqual([200, tag])
    },
  )

  it('is the same compressed, and differs after a change or for another page', async () => {
    const path = '/api/books?limit=30'
    const tag = await tagOf(path)
    const compressed = await get(path, { 'accept-encoding': 'gzip' })
    expect(compressed.headers.get('content-encoding')).toBe('gzip')
    expect(compressed.headers.get('etag')).toBe(tag)
    const pages = await Promise.all(
      ['/api/books?limit=2', '/api/books?limit=3', '/api/books?q=7th'].map((it) => tagOf(it)),
    )
    expect(new Set([tag, ...pages]).size).toBe(4)
    await call('PATCH', `/api/books/${made[3]}`, { body: { title: 'Renamed' } })
    const changed = await get(path, { 'if-none-match': tag })
    expect(changed.status).toBe(200)
    expect(((await changed.json()) as Book[]).map(({ title }) => title)).toContain('Renamed')
  })

  // Its page stays as it is, but it is no longer the last one.
  it('changes when a next page appears', async () => {
    const path = '/api/courses?limit=1'
    await call('POST', '/api/courses', { body: { code: 'A1', name: 'One' } })
    const tag = await tagOf(path)
    await call('POST', '/api/courses', { body: { code: 'B2', name: 'Two' } })
    const longer = await get(path, { 'if-none-match': tag })
    expect([longer.status, longer.headers.get('link')]).toEqual([200, expect.any(String)])
  })

  it('reveals nothing that the caller may not see', async () => {
    const tag = await tagOf('/api/users')
    const refused = await get('/api/users', { 'if-none-match': tag }, 'anna')
    expect(refused.status).toBe(403)
    const nobody = await system().send('GET', '/api/books', {
      as: null,
      headers: { 'if-none-match': '*' },
    })
    expect(nobody.status).toBe(401)
  })
})
