import { describe, expect, it } from 'bun:test'
import type { Reader, Store } from '@campus/store/store.ts'
import type { ProblemError } from './problem.ts'
import {
  isLongPage,
  nextLink,
  openCursor,
  pageReader,
  readCursor,
  readNextCursor,
  rowsToAsk,
  toPage,
} from './page.ts'

const rowsOf = (count: number) => Array.from({ length: count }, (_, at) => at)
const isText = (value: unknown): value is string => typeof value === 'string'
const encode = (text: string) => Buffer.from(text).toString('base64url')
const codeOf = (work: () => unknown) => {
  try {
    return work()
  } catch (error) {
    const { status, code } = error as ProblemError
    return `${status} ${code}`
  }
}
const invalid = '400 cursor_invalid'

describe('a page', () => {
  it('has fifty items unless it says so, and one more row is read', () => {
    expect([rowsToAsk({}), rowsToAsk({ limit: '3' })]).toEqual([51, 4])
    expect(toPage(rowsOf(51), {}, (last) => last).items).toHaveLength(50)
    expect(toPage(rowsOf(4), { limit: '3' }, (last) => last).items).toEqual([0, 1, 2])
  })

  it('goes on after its last item, if there are more', () => {
    const { next: cursor } = toPage(rowsOf(4), { limit: '3' }, (last) => `after ${last}`)
    expect(readCursor({ cursor }, isText)).toBe('after 2')
    expect(toPage(rowsOf(3), { limit: '3' }, (last) => last).next).toBeUndefined()
    expect(toPage([], {}, (last) => last)).toEqual({ items: [], next: undefined })
  })

  it('longer than the default, or a search, is read apart, as it may take long', () => {
    const scans: string[] = []
    const scanner = {} as Reader
    const store = { scan: (whose: string) => (scans.push(whose), scanner) } as unknown as Store
    const anna = { id: 'anna' }
    expect(pageReader(store, {}, anna)).toBe(store)
    expect(pageReader(store, { limit: '50', q: '' }, anna)).toBe(store)
    expect(scans).toEqual([])
    expect(pageReader(store, { limit: '51' }, anna)).toBe(scanner)
    expect(pageReader(store, { q: 'zola' }, anna)).toBe(scanner)
    expect(scans).toEqual(['anna', 'anna'])
    expect([isLongPage({ limit: '50' }), isLongPage({ limit: '51' })]).toEqual([false, true])
  })
})

describe('a cursor', () => {
  const list = 'https://campus.example/api/books?q=zola&sort=name'
  /** The position that a list finds when its next link is followed with these changes. */
  function follow(url: string, cursor: string) {
    const query: Record<string, unknown> = { cursor }
    openCursor({ request: new Request(url), query })
    return query['cursor']
  }
  const linkOf = (url: string, next = 'bmV4dA') => nextLink(new Request(url), next)
  const cursorOf = (url: string) => {
    const response = new Response(null, { headers: { link: linkOf(url) } })
    return readNextCursor(response) ?? ''
  }

  it('is in a link to the same list, in place of the one before', () => {
    expect(linkOf(list)).toMatch(
      /^<\/api\/books\?q=zola&sort=name&cursor=[0-9a-z]+\.bmV4dA>; rel="next"$/,
    )
    expect(linkOf(`${list}&cursor=old`)).toBe(linkOf(list))
    expect(readNextCursor(new Response(null))).toBeUndefined()
  })

  it('is of its list and filters only, whatever their order and the size of the page', () => {
    const cursor = cursorOf(list)
    expect(follow(`${list}&limit=7`, cursor)).toBe('bmV4dA')
    expect(follow('https://campus.example/api/books?sort=name&q=zola', cursor)).toBe('bmV4dA')
    for (const other of [
      'https://campus.example/api/files?q=zola&sort=name',
      'https://campus.example/api/books?q=zola',
      'https://campus.example/api/books?q=emma&sort=name',
    ]) {
      expect(codeOf(() => follow(other, cursor))).toBe(invalid)
    }
    expect(codeOf(() => follow(list, `${cursor}.more`))).toBe(invalid)
    expect(codeOf(() => follow(list, 'bmV4dA'))).toBe(invalid)
  })

  it('may be absent', () => {
    const query = {}
    openCursor({ request: new Request(list), query })
    expect(query).toEqual({})
    expect(readCursor({}, isText)).toBeUndefined()
  })

  it('that is not one of ours is refused, also one that no database could read', () => {
    for (const text of ['5', '{', '"a\\u0000b"']) {
      expect(codeOf(() => readCursor({ cursor: encode(text) }, isText))).toBe(invalid)
    }
    const isAny = (value: unknown): value is unknown => value !== undefined
    expect(codeOf(() => readCursor({ cursor: encode('{"a":["b\\u0000"]}') }, isAny))).toBe(invalid)
    expect(codeOf(() => readCursor({ cursor: encode('{"a":["b"]}') }, isAny))).toEqual({ a: ['b'] })
  })
})
