import { beforeAll, expect, it } from 'bun:test'
import { gunzipSync } from 'node:zlib'
import type { Book } from '../shared/schemas/book.ts'
import { describeStores } from '../shared/testing/describe-stores.ts'
import { useSystem } from './testing/use-system.ts'

describeStores('a long list', (makeDatabase) => {
  const { system } = useSystem(makeDatabase)
  const titles = Array.from({ length: 60 }, (_, at) => `The ${at}th volume of the longest novel`)

  beforeAll(async () => {
    const books = titles.map((title) => ({ title, author: 'Anna Author' }))
    for (const body of books) await system().send('POST', '/api/books', { body })
  }, 60_000)

  const get = (path: string, accepted?: string) =>
    system().send('GET', path, {
      headers: accepted === undefined ? {} : { 'accept-encoding': accepted },
    })

  it.each(['GZIP', 'gzip, deflate, br, zstd', 'br;q=1, gzip;q=0.5', '*'])(
    'is compressed for who accepts %s',
    async (accepted) => {
      const plain = await get('/api/books?limit=50')
      const pressed = await get('/api/books?limit=50', accepted)
      expect([plain.headers.get('content-encoding'), pressed.status]).toEqual([null, 200])
      expect(pressed.headers.get('content-encoding')).toBe('gzip')
      expect(pressed.headers.get('content-type')).toBe('application/json')
      expect(pressed.headers.get('vary')).toBe('authorization, accept-encoding')
      for (const header of ['link', 'cache-control']) {
        expect(pressed.headers.get(header)).toBe(plain.headers.get(header))
      }
      const [bytes, text] = [await pressed.bytes(), await plain.text()]
      expect(gunzipSync(bytes).toString()).toBe(text)
      expect(bytes.length).toBeLessThan(text.length / 4)
    },
  )

  it.each([
    undefined,
    '',
    'identity',
    'br',
    'gzip;q=0',
    'gzip;q=0.000, br',
    'gzip;q=0, *',
    '*;q=0',
  ])('is left as it is for who accepts %p', async (accepted) => {
    const answer = await get('/api/books?limit=50', accepted)
    expect(answer.headers.get('content-encoding')).toBeNull()
    expect((await answer.json()) as Book[]).toHaveLength(50)
  })

  it('is not compressed if it is short', async () => {
    for (const limit of [3, 13]) {
      const answer = await get(`/api/books?limit=${limit}`, 'gzip')
      expect(answer.headers.get('content-encoding')).toBeNull()
      expect((await answer.json()) as Book[]).toHaveLength(limit)
    }
  })
})
