import { expect, it } from 'bun:test'
import { handleInside } from '../../shared/host/inside.ts'
import type { Book, ImportReport } from '../../shared/schemas/book.ts'
import type { Rating } from '../../shared/schemas/rating.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { useSystem } from '../testing/use-system.ts'

const goodreads = `Title,Author,My Rating,Original Publication Year,Date Read,Exclusive Shelf
Hamlet,William Shakespeare,5,1603,2020/01/02,read
Politeia,Plato,0,-375,,to-read
Candide,Voltaire,4,1759,,read
`

describeStores('an import from elsewhere', (makeDatabase) => {
  const { call, system } = useSystem(makeDatabase)
  const importCsv = async (body: string | ReadableStream) => {
    const response = await handleInside(
      system().app,
      new Request('http://localhost/api/books/import', {
        method: 'POST',
        headers: {
          'content-type': 'text/csv',
          authorization: `Bearer ${await system().tokenOf('anna')}`,
        },
        body,
      }),
    )
    return { status: response.status, body: (await response.json()) as ImportReport }
  }
  const list = async (query: string) =>
    (await call<Book[]>('GET', `/api/books?${query}`, { as: 'anna' })).body

  const ownRating = async (title: string, as = 'anna') => {
    const [book] = await list(`q=${title}`)
    const { status, body } = await call<Rating>('GET', `/api/ratings/${book?.id}/mine`, { as })
    return status === 200 ? body.value : status
  }

  it('takes the ratings along, two for each star, for whoever sends it', async () => {
    expect((await importCsv(goodreads)).body).toEqual({ imported: 3, skipped: 0, problems: [] })
    expect([await ownRating('hamlet'), await ownRating('candide')]).toEqual([10, 8])
    // Not rated there, and by nobody else here.
    expect([await ownRating('politeia'), await ownRating('hamlet', 'bert')]).toEqual([404, 404])
    const [book] = await list('q=candide')
    const place = `/api/ratings/${book?.id}/mine`
    expect((await call('PUT', place, { as: 'anna', body: { value: 3 } })).status).toBe(200)
    const again = await importCsv(goodreads)
    expect(again.body).toMatchObject({ imported: 0, skipped: 3 })
    expect(again.body.problems.every(({ code }) => code === 'duplicate')).toBe(true)
    expect(await ownRating('candide')).toBe(3)
    // No number of stars is no rating.
    const odd = ['0', '6', '-1', '4.5', 'five', ''].map((stars, at) => `Odd${at},A,${stars}\n`)
    expect((await importCsv(`title,author,my rating\n${odd.join('')}`)).body.problems).toEqual([])
    for (const at of odd.keys()) expect(await ownRating(`Odd${at}`)).toBe(404)
  })

  it('asks for no more ratings than a day has, and brings the books all the same', async () => {
    const lines = Array.from({ length: 1100 }, (_, at) => `Starred ${at},A,5\n`)
    const { body } = await importCsv(`title,author,my rating\n${lines.join('')}`)
    expect(body).toMatchObject({ imported: 1100, skipped: 0 })
    // Two were made above; which bound comes first is a matter of the order.
    expect(body.problems.length).toBeGreaterThanOrEqual(100)
    for (const { code, detail } of body.problems) {
      expect(['daily_limit_reached', 'too_many_ratings']).toContain(code)
      expect(detail).toStartWith('Without its rating: ')
    }
  }, 60_000)

  it('reports what was not imported, however many ratings were refused', async () => {
    const starred = Array.from({ length: 600 }, (_, at) => `Refused ${at},A,5\n`)
    const { body } = await importCsv(`title,author,my rating\n${starred.join('')},Nobody,5\n`)
    expect(body).toMatchObject({ imported: 600, skipped: 1 })
    const codes = body.problems.map(({ code }) => code)
    expect(codes.filter((code) => code === 'daily_limit_reached')).toHaveLength(500)
    expect(codes.filter((code) => code !== 'daily_limit_reached')).toEqual(['invalid'])
  }, 60_000)

  it('parts columns by what the first line is parted by', async () => {
    const text = '\n"title";author;publisher\n"Semi; colon, comma";"B, C";"D;E"\nPlain;F;\n'
    const letters = new TextEncoder().encode(text).values()
    const oneByOne = new ReadableStream({
      pull: (controller) => {
        const { done, value } = letters.next()
        if (done) controller.close()
        else controller.enqueue(new Uint8Array([value]))
      },
    })
    expect((await importCsv(oneByOne)).body.imported).toBe(2)
    expect(await list('q=semi')).toMatchObject([
      { title: 'Semi; colon, comma', author: 'B, C', publisher: 'D;E' },
    ])
    expect(await list('q=plain')).toMatchObject([{ author: 'F', publisher: '' }])
    await importCsv('title,author\n"Parted; b",C;D;E;F\n')
    expect(await list('q=parted')).toMatchObject([{ title: 'Parted; b', author: 'C;D;E;F' }])
  })
})
