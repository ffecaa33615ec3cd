import { expect, it } from 'bun:test'
import type { Problem } from '../../shared/schemas/problem.ts'
import type { BookRatings, Rating, RatingSummary } from '../../shared/schemas/rating.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { denoProgram } from '../testing/beside-deno.ts'
import { useSystem } from '../testing/use-system.ts'
import type { RatingsApi } from './index.ts'

describeStores('ratings', (makeDatabase) => {
  const { call, system } = useSystem(makeDatabase)
  let books = 0
  const newBook = () => `/api/ratings/${++books}`
  const rate = (book: string, value: number, as: string) =>
    call<Rating & Problem>('POST', book, { body: { value }, as })

  it('averages integers, half up, to two decimals', async () => {
    const book = newBook()
    for (const [at, value] of [10, 8, 5].entries()) await rate(book, value, `reader${at}`)
    const { status, body } = await call<BookRatings>('GET', book, { as: null })
    expect(status).toBe(200)
    expect(body).toEqual({
      book_id: books,
      average: 7.67,
      count: 3,
      histogram: { 1: 0, 2: 0, 3: 0, 4: 0, 5: 1, 6: 0, 7: 0, 8: 1, 9: 0, 10: 1 },
      ratings: [{ value: 10 }, { value: 8 }, { value: 5 }],
    })
    const eighths = newBook()
    const values = [1, 1, 1, 1, 1, 1, 1, 2] // 1.125
    await Promise.all(values.map((value, at) => rate(eighths, value, `reader${at}`)))
    expect((await call<BookRatings>('GET', eighths)).body.average).toBe(1.13)
  })

  it('reports when there is none yet', async () => {
    const answer = await call<Problem>('GET', newBook())
    expect(answer).toMatchObject({ status: 404, body: { detail: 'No ratings for this book yet.' } })
  })

  it("accepts the caller's rating, from the body or from the query", async () => {
    const made = await rate(newBook(), 9, 'anna')
    expect(made).toMatchObject({ status: 201, body: { book_id: books, value: 9 } })
    const { email } = made.body
    const mine = made.headers.get('location') ?? ''
    expect(await call('GET', mine, { as: 'anna' })).toMatchObject({ body: made.body })
    const asked = await call<Rating>('POST', `${newBook()}?value=8&email=${email}`, { as: 'anna' })
    expect(asked).toMatchObject({ status: 201, body: { book_id: books, value: 8, email } })
    expect((await call('POST', `${newBook()}?value=8`, { as: 'anna' })).status).toBe(201)
  })

  it('refuses a second one by the same user, as in the contract', async () => {
    const book = newBook()
    const { body } = await rate(book, 9, 'anna')
    const again = await rate(book, 3, 'anna')
    expect(again).toMatchObject({
      status: 409,
      body: { detail: 'Each user can only submit one rating per book.' },
    })
    const loud = { value: 3, email: body.email.toUpperCase() }
    expect((await call('POST', book, { body: loud, as: 'anna' })).status).toBe(409)
    expect((await rate(book, 3, 'bert')).status).toBe(201)
    expect((await call<BookRatings>('GET', book)).body.count).toBe(2)
  })

  it('lets one of 100 simultaneous ratings by one user win', async () => {
    const book = newBook()
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, at) => rate(book, (at % 10) + 1, 'anna')),
    )
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(99)
    expect((await call<BookRatings>('GET', book)).body).toMatchObject({ count: 1 })
  })

  it('distinguishes empty, missing and wrong input', async () => {
    const book = newBook()
    const { body } = await rate(book, 1, 'anna')
    const answer = (options: object, query = '') =>
      call<Problem>('POST', `${book}${query}`, { as: 'bert', ...options })
    expect(await answer({})).toMatchObject({ status: 400, body: { detail: 'Bad data' } })
    expect(await answer({ body: {} })).toMatchObject({ status: 400, body: { detail: 'Bad data' } })
    const half = { status: 400, body: { detail: 'Missing arguments' } }
    expect(await answer({ body: { email: 'bert@example.org' } })).toMatchObject(half)
    expect(await answer({}, '?email=bert@example.org')).toMatchObject(half)
    for (const value of [0, 11, 5.5, '8', null, true, [8]]) {
      const { status, body } = await answer({ body: { value } })
      expect([value, status, body.code]).toEqual([value, 422, 'invalid_input'])
    }
    for (const value of ['0', '11', '5.5', '', 'eight', '08']) {
      expect([value, (await answer({}, `?value=${value}`)).status]).toEqual([value, 422])
    }
    expect((await answer({ body: { value: 8, stars: 5 } })).status).toBe(422)
    expect((await answer({ body: '{"value":' })).status).toBe(400)
    expect((await call('POST', '/api/ratings/x', { body: { value: 8 } })).status).toBe(422)
    expect((await call('POST', '/api/ratings/0', { body: { value: 8 } })).status).toBe(422)
    const other = await answer({ body: { value: 8, email: body.email } })
    expect(other).toMatchObject({ status: 403, body: { code: 'not_your_email' } })
    expect((await call<BookRatings>('GET', book)).body.count).toBe(1)
  })

  it.skipIf(denoProgram !== undefined)('lets only services name the user', async () => {
    const book_id = String(books + 1)
    const book = newBook()
    const { ratings } = system().client<RatingsApi>().api
    const email = 'Dora@Test.example'
    const made = await ratings({ book_id }).post({ value: 6, email })
    expect(made).toMatchObject({ status: 201, data: { email: 'dora@test.example', value: 6 } })
    const nameless = await ratings({ book_id }).post({ value: 6 })
    expect(nameless).toMatchObject({ status: 400 })
    const admin = await call<Problem>('POST', book, {
      body: { value: 6, email: 'eve@test.example' },
    })
    expect(admin).toMatchObject({ status: 403, body: { code: 'not_your_email' } })
    expect((await call('POST', book, { body: { value: 6 }, as: null })).status).toBe(401)
    expect((await call<BookRatings>('GET', book)).body.count).toBe(1)
  })

  it('reveals nobody who gave a rating', async () => {
    const book = newBook()
    const { body } = await rate(book, 9, 'anna')
    for (const path of [book, `/api/ratings?book_ids=${books}`]) {
      for (const as of [null, 'bert', undefined]) {
        const { body: seen } = await call('GET', path, as === undefined ? {} : { as })
        expect(JSON.stringify(seen)).not.toContain(body.email)
        expect(JSON.stringify(seen)).not.toContain('@')
        expect(JSON.stringify(seen)).not.toContain(body.id)
      }
    }
    expect((await call('GET', `${book}/mine`, { as: 'bert' })).status).toBe(404)
  })

  it("changes and withdraws the caller's own, and nobody else's", async () => {
    const book = newBook()
    await rate(book, 9, 'anna')
    await rate(book, 5, 'bert')
    const mine = `${book}/mine`
    const { headers } = await call('GET', mine, { as: 'anna' })
    const ifMatch = { 'if-match': headers.get('etag') ?? '' }
    const put = (value: unknown, as: string, given = {}) =>
      call<Rating>('PUT', mine, { body: { value }, as, headers: given })
    expect(await put(2, 'anna', ifMatch)).toMatchObject({ status: 200, body: { value: 2 } })
    expect((await put(3, 'anna', ifMatch)).status).toBe(412)
    expect((await put(11, 'anna')).status).toBe(422)
    expect((await put(3, 'clara')).status).toBe(404)
    expect((await call<BookRatings>('GET', book)).body).toMatchObject({ average: 3.5, count: 2 })
    const stale = await call('DELETE', mine, { as: 'anna', headers: ifMatch })
    expect(stale.status).toBe(412)
    expect((await call('DELETE', mine, { as: 'anna' })).status).toBe(204)
    expect((await call('DELETE', mine, { as: 'anna' })).status).toBe(404)
    expect((await call<BookRatings>('GET', book)).body).toMatchObject({ average: 5, count: 1 })
    expect((await rate(book, 7, 'anna')).status).toBe(201)
  })

  it('processes a retried request once, with or without a body', async () => {
    const book = newBook()
    const headers = { 'idempotency-key': `key ${books}`.replace(' ', '-') }
    const options = { body: { value: 4 }, as: 'anna', headers }
    const first = await call<Rating>('POST', book, options)
    const again = await call<Rating>('POST', book, options)
    expect(again).toMatchObject({ status: 201, body: first.body })
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    const other = await call<Problem>('POST', `${book}?value=5`, { as: 'anna', headers })
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } })
  })

  it('returns the averages of many books in the requested order, rated or not', async () => {
    books += 3
    const [one, none, two] = [books - 2, books - 1, books]
    await rate(`/api/ratings/${one}`, 4, 'anna')
    await rate(`/api/ratings/${one}`, 6, 'bert')
    await rate(`/api/ratings/${two}`, 7, 'anna')
    const path = `/api/ratings?book_ids=${two},${none},${one}`
    const { body } = await call<RatingSummary[]>('GET', path)
    const found = body.map(({ book_id, average, count }) => [book_id, average, count])
    expect(found).toEqual([
      [two, 7, 1],
      [none, null, 0],
      [one, 5, 2],
    ])
    for (const bad of ['', '?book_ids=', '?book_ids=1,,2', '?book_ids=1;2', '?book_ids=-1']) {
      expect([bad, (await call('GET', `/api/ratings${bad}`)).status]).toEqual([bad, 422])
    }
    const tooMany = Array.from({ length: 201 }, (_, at) => at + 1).join(',')
    expect((await call('GET', `/api/ratings?book_ids=${tooMany}`)).status).toBe(422)
  })

  it('lists values page by page, each once', async () => {
    const book = newBook()
    const given = Array.from({ length: 7 }, (_, at) => at + 1)
    for (const value of given) await rate(book, value, `reader${value}`)
    const seen: number[] = []
    let path: string | undefined = `${book}?limit=3`
    while (path) {
      const { body, headers }: { body: BookRatings; headers: Headers } = await call('GET', path)
      expect(body.count).toBe(7)
      seen.push(...body.ratings.map(({ value }) => value))
      path = /<(.+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1]
    }
    expect(seen).toEqual(given)
    expect((await call('GET', `${book}?cursor=bm9uc2Vuc2U`)).status).toBe(400)
  })
})
