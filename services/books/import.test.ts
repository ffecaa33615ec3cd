import { expect, it } from 'bun:test'
import { handleInside } from '../../shared/host/inside.ts'
import type { Book, ImportReport } from '../../shared/schemas/book.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { useSystem } from '../testing/use-system.ts'

describeStores('an import', (makeDatabase) => {
  const { call, system } = useSystem(makeDatabase)
  const send = async (type: string, body: string | Uint8Array | ReadableStream, as = 'anna') => {
    const response = await handleInside(
      system().app,
      new Request('http://localhost/api/books/import', {
        method: 'POST',
        headers: {
          'content-type': type,
          authorization: `Bearer ${await system().tokenOf(as)}`,
        },
        body,
      }),
    )
    return {
      status: response.status,
      body: (await response.json()) as ImportReport & { code?: string },
    }
  }
  const importCsv = (text: string) => send('text/csv', text)
  const list = async (query: string, as = 'anna') =>
    (await call<Book[]>('GET', `/api/books?${query}`, { as })).body
  const count = async () => {
    let total = 0
    let path: string | undefined = '/api/books?limit=200'
    while (path) {
      const { body, headers }: { body: Book[]; headers: Headers } = await call('GET', path)
      total += body.length
      path = /<(.+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1]
    }
    return total
  }

  it('does not take prototype members for columns', async () => {
    for (const type of ['constructor', '__proto__', 'toString']) {
      expect((await send(type, '[]')).status).toBe(415)
    }
    const { body } = await importCsv('title,author,constructor,__proto__\nOdd headings,A,b,c\n')
    expect(body).toMatchObject({ imported: 1, skipped: 0 })
    const odd = [{ title: 'Odd shelf', author: 'A', shelf: 'constructor' }]
    expect((await send('application/json', JSON.stringify(odd))).body.imported).toBe(1)
    expect(await list('q=odd+shelf')).toMatchObject([{ shelf: null }])
  })

  it('reads no item nested deeper than a book', async () => {
    const deep = `[{"title":"Deep","author":"A","more":${'['.repeat(30_000)}${']'.repeat(30_000)}}]`
    const { status, body } = await send('application/json', deep)
    expect([status, body.code]).toEqual([400, 'json_malformed'])
  })

  it('understands what Goodreads exports', async () => {
    const { status, body } = await importCsv(goodreads)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      imported: 3,
      skipped: 2,
      problems: [
        { line: 5, code: 'duplicate', detail: expect.stringContaining('hamlet') },
        { line: 6, code: 'invalid', detail: expect.stringContaining('title') },
      ],
    })
    expect(await list('q=hamlet')).toMatchObject([
      {
        title: 'Hamlet, Prince of "Denmark"',
        author: 'William Shakespeare',
        release_date: '1603',
        page_count: 289,
        publisher: 'Simon\nSchuster',
        shelf: 'read',
      },
    ])
    // Written before there were dates: none is better than a wrong one.
    expect(await list('q=politeia')).toMatchObject([{ release_date: null, shelf: 'want' }])
    expect(await list('shelf=reading')).toMatchObject([{ title: 'Candide', page_count: null }])
    expect(await list('shelf=reading', 'bert')).toEqual([])
  })

  it('accepts JSON, and reports the faults of each item', async () => {
    const items = [
      { title: 'Json one', author: 'A', page_count: 3, shelf: 'read', unknown: { deep: [1] } },
      { title: 'Json one', author: 'a' },
      { title: 'No author' },
      { title: 'Json two', author: 'A', release_date: '2023-02-30' },
      7,
      null,
      { title: 'Json "]},{[" three', author: 'A\\', publisher: '[' },
    ]
    const { body } = await send('application/json; charset=utf-8', JSON.stringify(items))
    expect(body).toMatchObject({ imported: 2, skipped: 5 })
    expect(body.problems.map(({ line, code }) => [line, code])).toEqual([
      [2, 'duplicate'],
      [3, 'invalid'],
      [4, 'invalid'],
      [5, 'invalid'],
      [6, 'invalid'],
    ])
    expect(await list('q=three')).toMatchObject([{ title: 'Json "]},{[" three', author: 'A\\' }])
    expect((await send('application/json', ' [ ] ')).body).toMatchObject({ imported: 0 })
  })

  it('reads back an export exactly, as CSV and as JSON', async () => {
    const odd = [
      '=SUM(A1)',
      "'=quoted",
      "'Tis",
      '-30-',
      'a "b", c\r\nd',
      'tab\tinside',
      'a; =b',
      '吾輩は猫である',
      '@home',
    ]
    for (const title of odd) {
      const body = { title, author: `+${title}`, publisher: '', page_count: 7 }
      expect((await call('POST', '/api/books', { body, as: 'anna' })).status).toBe(201)
    }
    const before = await list('q=a&limit=200')
    for (const [format, type] of [
      ['csv', 'text/csv'],
      ['json', 'application/json'],
    ] as const) {
      const exported = await system().send('GET', `/api/books/export?format=${format}`, {
        as: 'anna',
      })
      expect(exported.headers.get('content-type')).toStartWith(type)
      expect(exported.headers.get('content-disposition')).toContain(`books.${format}`)
      const text = await exported.text()
      if (format === 'csv') expect(text).not.toMatch(/(^|,)"?[=+@-]/m)
      const total = await count()
      const again = await send(type, text)
      expect(again.body).toMatchObject({ imported: 0, skipped: total })
      expect(again.body.problems.every(({ code }) => code === 'duplicate')).toBe(true)
      for (const { id } of await list('limit=200')) await call('DELETE', `/api/books/${id}`)
      expect(await count()).toBe(0)
      expect((await send(type, text)).body).toMatchObject({ imported: total, skipped: 0 })
    }
    const without = (book: Book) => ({ ...book, id: 0, created: '', added_by: '' })
    expect((await list('q=a&limit=200')).map(without)).toEqual(before.map(without))
  })

  it('imports 10,000 books in a few seconds, in chunks of any size', async () => {
    const total = 10_000
    const lines = Array.from(
      { length: total },
      (_, at) => `"Bulk ${at}","Author ${at % 700}",${at % 900},"Publisher, ${at % 50}"\n`,
    )
    const bytes = new TextEncoder().encode(
      `title,author,number of pages,publisher\n${lines.join('')}`,
    )
    const began = performance.now()
    const { body } = await send('text/csv', inChunks(bytes, 8191), 'admin')
    const seconds = (performance.now() - began) / 1000
    expect(body).toEqual({ imported: total, skipped: 0, problems: [] })
    expect(seconds).toBeLessThan(20) // a few on two idle cores
    const repeated = await send('text/csv', inChunks(bytes, 100_003), 'admin')
    expect(repeated.body).toMatchObject({ imported: 0, skipped: total })
    expect(repeated.body.problems).toHaveLength(1000)
    expect(await list('q=bulk+9999')).toMatchObject([{ publisher: 'Publisher, 49' }])
  }, 60_000)

  it('keeps the books before a fault, and says where it stopped', async () => {
    const latin1 = new Uint8Array([
      ...new TextEncoder().encode('title,author\nGood one,A\nGood two,A\n'),
      0xe9,
    ])
    const { status, body } = await send('text/csv', inChunks(latin1, 24))
    expect([status, body.imported]).toEqual([200, 1])
    expect(body.problems).toMatchObject([{ line: 3, code: 'unreadable' }])
    const cut = '[{"title":"Cut one","author":"A"},{"title":"Cut tw'
    expect((await send('application/json', cut)).body).toMatchObject({
      imported: 1,
      skipped: 1,
      problems: [{ line: 2, code: 'unreadable' }],
    })
    const open = await importCsv('title,author\nOpen one,A\n"never closed,A\nmore,B\n')
    expect(open.body.imported).toBe(1)
    expect(open.body.problems[0]?.line).toBeGreaterThanOrEqual(3)
    expect(open.body.problems[0]?.detail).toMatch(/quote/i)
  })

  it('stops at an endless record or an endless list', async () => {
    const open = `title,author\nBefore one,A\nBefore two,A\n"${'x'.repeat(300_000)}`
    const { body } = await importCsv(open)
    expect(body.imported).toBeGreaterThanOrEqual(1)
    expect(body.problems.at(-1)?.line).toBeGreaterThan(2)
    const many = await importCsv(`title,author\n${'Same,A\n'.repeat(50_002)}`)
    expect(many.body).toMatchObject({ imported: 1, skipped: 50_000 })
    expect(many.body.problems.at(-1)).toMatchObject({ line: 50_002, code: 'unreadable' })
  }, 60_000)

  it('refuses anything but a list of books', async () => {
    const codes = async (type: string, body: string) => {
      const answer = await send(type, body)
      return [answer.status, answer.body.code]
    }
    expect(await codes('text/plain', 'title,author\n')).toEqual([415, 'unsupported_media_type'])
    expect(await codes('text/csv', 'name,who\na,b\n')).toEqual([400, 'csv_headings_missing'])
    expect(await codes('text/csv', '')).toEqual([400, 'csv_headings_missing'])
    expect(await codes('application/json', '{"a":1}')).toEqual([400, 'json_malformed'])
    expect(await codes('application/json', '[] []')).toEqual([400, 'json_malformed'])
    expect(await codes('application/json', '')).toEqual([400, 'json_malformed'])
    const deep = '['.repeat(3_000_000)
    expect(await codes('application/json', deep)).toEqual([400, 'json_malformed'])
    const endless = new ReadableStream({
      pull: (controller) =>
        controller.enqueue(new TextEncoder().encode(`title,author\nx,${'y'.repeat(60_000)}\n`)),
    })
    const large = await send('text/csv', endless)
    expect(large.body.problems.at(-1)?.detail).toContain('33554432')
    expect((await call('POST', '/api/books/import', { as: null, body: '[]' })).status).toBe(401)
  }, 30_000)

  it('survives any bytes, with a report or a refusal', async () => {
    const random = createRandom(20_261_121)
    const scraps = ['"', '""', ',', '\n', '\r\n', '\\', '{', '}', '[', ']', ':', '\u0000', '\ufeff']
    const words = [
      'title',
      'author',
      'null',
      '1e999',
      '"title":"x"',
      'é',
      '\ud83d\udcda',
      ' ',
      'Fuzz',
    ]
    const pieces = [...scraps, ...words]
    for (let round = 0; round < 300; round++) {
      const length = random(60)
      const soup = Array.from({ length }, () => pieces[random(pieces.length)]).join('')
      const isCsv = round % 2 === 0
      const text = isCsv ? `title,author,shelf\nFuzz ${round},A,read\n${soup}` : `[${soup}]`
      const bytes = new TextEncoder().encode(text)
      if (random(4) === 0) bytes[random(bytes.length)] = random(256)
      const { status, body } = await send(
        isCsv ? 'text/csv' : 'application/json',
        inChunks(bytes, 1 + random(20)),
      )
      expect([text, status]).toEqual([text, status === 200 ? 200 : 400])
      if (status === 200) {
        expect(body.skipped).toBeGreaterThanOrEqual(body.problems.length)
        expect(body.problems.every(({ line }) => Number.isInteger(line) && line > 0)).toBe(true)
      } else expect(body.code).toMatch(/^(csv|json|not)_\w+$/)
    }
  }, 60_000)
})

const goodreads = `Book Id,Title,Author,Author l-f,ISBN,My Rating,Publisher,Number of Pages,\
Year Published,Original Publication Year,Date Added,Exclusive Shelf,My Review
1420,"Hamlet, Prince of ""Denmark""",William Shakespeare,"Shakespeare, William","=""0521618746""",\
5,"Simon
Schuster",289,2005,1603,2020/01/02,read,
30289,Politeia,Plato,,"=""""",0,Penguin,416,,-375,2020/01/02,to-read,
1420,"hamlet,  prince of ""denmark""",WILLIAM SHAKESPEARE,,,,,,,,,,
7,,Nobody,,,,,,,,,,
19380,Candide,Voltaire,,,4,Penguin,,1759,,2020/01/02,currently-reading,"Fun"
`

function inChunks(bytes: Uint8Array, size: number): ReadableStream<Uint8Array> {
  let at = 0
  return new ReadableStream({
    pull: (controller) => {
      if (at >= bytes.length) return controller.close()
      controller.enqueue(bytes.slice(at, at + size))
      at += size
    },
  })
}

/** Whole numbers below a limit, the same in every run (a linear congruential generator). */
function createRandom(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return Math.floor((state / 2 ** 32) * limit)
  }
}
