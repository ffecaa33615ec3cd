import { hash } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'bun:test'
import type { BookWithRatings } from '../shared/schemas/book.ts'
import { describeStores } from '../shared/testing/describe-stores.ts'
import { startForTest, type SendOptions, type TestSystem } from './testing/system.ts'

// Named by their callers: what was removed is made again in the same place.
const again = {
  'a course': {
    place: '/api/courses/TAGS',
    make: ['/api/courses', { code: 'TAGS', name: 'One' }],
    change: ['PUT', { name: 'Two', instructor: 'Ada' }],
  },
  'an own rating': {
    place: '/api/ratings/{book}/mine',
    make: ['/api/books/{book}/ratings', { value: 3 }],
    change: ['PUT', { value: 4 }],
  },
  'a file': {
    place: '/api/files/{file}',
    make: ['/api/files', undefined],
    change: ['PUT', { file_name: 'b.txt', file_type: 'text/plain' }],
  },
} as const

describeStores('entity tags', (makeDatabase) => {
  let system: TestSystem
  let book = ''
  const file = hash('sha256', 'bytes', 'hex')

  beforeAll(async () => {
    system = await startForTest(makeDatabase)
    book = (await addBook('Tags')).split('/').at(-1) ?? ''
  }, 60_000)
  afterAll(() => system.close())

  const send = (method: string, path: string, options: SendOptions = {}) =>
    system.send(method, path.replace('{book}', book).replace('{file}', file), options)
  const addBook = async (title: string) => {
    const made = await send('POST', '/api/books', { body: { title, author: 'Ada' } })
    return made.headers.get('location') ?? ''
  }
  const tagOf = async (path: string, options?: SendOptions): Promise<string> => {
    const found = await send('GET', path, options)
    expect(found.status).toBe(200)
    // On a busy machine a book comes without its ratings.
    const { ratings_available: isWhole = true } = (await found.json()) as Partial<BookWithRatings>
    return isWhole ? (found.headers.get('etag') ?? '') : tagOf(path, options)
  }
  const upload = {
    headers: { 'content-type': 'multipart/form-data; boundary=b' },
    body:
      '--b\r\nContent-Disposition: form-data; name="upfile"; filename="a.txt"\r\n' +
      'Content-Type: text/plain\r\n\r\nbytes\r\n--b--\r\n',
  }

  it.each(Object.entries(again))('do not outlive what they name: %s', async (_, thing) => {
    const { place, make, change } = thing
    const create = () => send('POST', make[0], make[1] ? { body: make[1] } : upload)
    const made = await create()
    expect(made.status).toBe(201)
    const headers = { 'if-match': await tagOf(place) }
    // Its version is what a change is sent with.
    const versionOf = (tag: string) => tag.split('-')[0]
    expect(versionOf(made.headers.get('etag') ?? '')).toBe(versionOf(headers['if-match']))
    expect((await send('DELETE', place)).status).toBe(204)
    expect((await create()).status).toBe(201)
    const [method, body] = change
    expect((await send(method, place, { headers, body })).status).toBe(412)
    expect((await send('DELETE', place, { headers })).status).toBe(412)
    const current = { 'if-match': await tagOf(place) }
    expect((await send(method, place, { headers: current, body })).ok).toBe(true)
  })

  it('change with the content for any caller; If-Match compares only the version', async () => {
    const path = await addBook('Shelves')
    const before = await tagOf(path)
    expect(await tagOf(path)).toBe(before)
    await send('PUT', `${path}/shelf`, { as: 'reader', body: { shelf: 'read' } })
    expect(await tagOf(path, { as: 'reader' })).not.toBe(before)
    expect(await tagOf(path)).toBe(before)
    await send('POST', `${path}/ratings`, { as: 'rater', body: { value: 5 } })
    const rated = await tagOf(path)
    expect(rated).not.toBe(before)
    const book = (await (await send('GET', path)).json()) as BookWithRatings
    if (book.ratings_available) expect(book).toMatchObject({ average_rating: 5, ratings_count: 1 })
    const change = (etag: string) =>
      send('PATCH', path, { headers: { 'if-match': etag }, body: { publisher: 'After' } })
    expect((await change(before)).status).toBe(200)
    expect((await change(rated)).status).toBe(412)
  })

  it('save the body if it is unchanged', async () => {
    const path = '/api/users/me'
    const etag = await tagOf(path)
    const get = (tags: string) => send('GET', path, { headers: { 'if-none-match': tags } })
    for (const tags of [etag, `W/${etag}`, `"another", ${etag}`, '*']) {
      const known = await get(tags)
      expect([known.status, await known.text()]).toEqual([304, ''])
      expect(known.headers.get('etag')).toBe(etag)
      expect(known.headers.get('cache-control')).toBe('private, no-cache')
      expect(known.headers.get('vary')).toContain('authorization')
    }
    for (const tags of ['"another"', etag.replace('-', '-0'), ',', etag.slice(1, -1)]) {
      expect((await get(tags)).status).toBe(200)
    }
  })

  it('keep a creating request from replacing something', async () => {
    const headers = { 'if-none-match': '*' }
    const body = { name: 'Mine', instructor: 'Ben' }
    expect((await send('PUT', '/api/courses/TAGS', { headers, body })).status).toBe(412)
    expect((await send('PUT', '/api/courses/NONE', { headers, body })).status).toBe(404)
  })
})
