import { expect, it } from 'bun:test'
import type { Book, BookWithRatings, ShelvedBook } from '../../shared/schemas/book.ts'
import type { Problem } from '../../shared/schemas/problem.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { useSystem } from '../testing/use-system.ts'

describeStores('books', (makeDatabase) => {
  const { call } = useSystem(makeDatabase)
  let made = 0
  const add = async (body: object = {}, as = 'anna') =>
    call<Book & Problem>('POST', '/api/books', {
      body: { title: `Book ${++made}`, author: 'Somebody', ...body },
      as,
    })

  it('stores what it is given, and returns the same again', async () => {
    const body = {
      title: 'Les Misérables',
      author: 'Victor Hugo',
      release_date: '1862-04-03',
      page_count: 1463,
      publisher: 'A. Lacroix',
    }
    const { status, headers, body: book } = await add(body)
    expect(status).toBe(201)
    expect(book).toMatchObject({ ...body, average_rating: null, ratings_count: 0, shelf: null })
    expect(headers.get('location')).toBe(`/api/books/${book.id}`)
    const read = () => call<BookWithRatings>('GET', `/api/books/${book.id}`, { as: 'bert' })
    let found = await read()
    // A busy machine may take longer than a reader waits for the ratings.
    while (!found.body.ratings_available) found = await read()
    expect(found.body).toMatchObject(book)
    expect(found.body.ratings).toMatchObject({ average: null, count: 0, ratings: [] })
    const short = await add({ title: '  Short ' })
    expect(short.body).toMatchObject({
      title: 'Short',
      release_date: null,
      page_count: null,
      publisher: '',
    })
  })

  it('refuses an invalid book, and names every field', async () => {
    const bad = { title: '', author: 7, release_date: '62', page_count: 0, isbn: '1' }
    const { status, body } = await add(bad)
    expect(status).toBe(422)
    const { errors } = body as unknown as { errors: { pointer: string }[] }
    expect(errors.map(({ pointer }) => pointer)).toEqual(
      expect.arrayContaining(['#/title', '#/author', '#/release_date', '#/page_count']),
    )
    for (const wrong of [
      { title: ' \t ' },
      { author: '\u0000' },
      { release_date: '2023-02-29' },
      { page_count: 1.5 },
      { page_count: 100_001 },
      { title: 'x'.repeat(501) },
      { isbn: '1' },
    ]) {
      const answer = await add(wrong)
      expect([wrong, answer.status]).toEqual([wrong, 422])
    }
    for (const id of ['x', '0', '01', '1.5', '9999999999']) {
      expect([id, (await call('GET', `/api/books/${id}`)).status]).toEqual([id, 422])
    }
    expect((await call('GET', '/api/books/999999999')).body).toMatchObject({
      code: 'book_not_found',
    })
  })

  it('lists a book once, ignoring case and accents', async () => {
    const { body: first } = await add({ title: 'Germinal', author: 'Émile Zola' })
    const again = await add({ title: 'GERMINAL', author: 'Emile  Zola' })
    expect(again).toMatchObject({ status: 409, body: { code: 'book_exists', book_id: first.id } })
    expect((await add({ title: 'C++', author: 'B. S.' })).status).toBe(201)
    expect((await add({ title: 'C#', author: 'B. S.' })).status).toBe(201)
    const answers = await Promise.all(Array.from({ length: 30 }, () => add({ title: 'Contested' })))
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(29)
  })

  it('adds a book once for one key', async () => {
    const options = {
      body: { title: 'Once', author: 'Only' },
      as: 'anna',
      headers: { 'idempotency-key': 'once' },
    }
    const first = await call<Book>('POST', '/api/books', options)
    const again = await call<Book>('POST', '/api/books', options)
    expect([first.status, again.status, again.body]).toEqual([201, 201, first.body])
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    const other = { ...options, body: { title: 'Twice', author: 'Only' } }
    expect((await call('POST', '/api/books', other)).status).toBe(422)
  })

  it('is edited by members, unless changed meanwhile', async () => {
    const { body: book } = await add({ publisher: 'Before', page_count: 100 })
    const path = `/api/books/${book.id}`
    const etag = (await call('GET', path)).headers.get('etag') ?? ''
    const change = (body: object, headers = {}) =>
      call<Book>('PATCH', path, { body, headers, as: 'bert' })
    const changed = await change({ publisher: 'After' }, { 'if-match': etag })
    expect(changed).toMatchObject({ status: 200, body: { publisher: 'After', page_count: 100 } })
    expect((await change({ publisher: 'Late' }, { 'if-match': etag })).status).toBe(412)
    expect((await change({})).status).toBe(422)
    expect((await change({ page_count: null })).body.page_count).toBeNull()
    const { body: other } = await add({ title: 'In the way' })
    const taken = await change({ title: other.title })
    expect(taken).toMatchObject({ status: 409, body: { code: 'book_exists', book_id: other.id } })
    const put = await call<Book>('PUT', path, { body: { title: 'Anew', author: 'B' }, as: 'bert' })
    expect(put.body).toMatchObject({
      id: book.id,
      title: 'Anew',
      publisher: '',
      release_date: null,
    })
    const ids = async (q: string) =>
      (await call<Book[]>('GET', `/api/books?q=${q}`)).body.map(({ id }) => id)
    expect(await ids('anew')).toEqual([book.id])
    expect(await ids('after')).toEqual([])
  })

  it('is removed by its adder or an administrator; its number is never another’s', async () => {
    const { body: book } = await add({ title: 'Removable' })
    const path = `/api/books/${book.id}`
    const refused = await call('DELETE', path, { as: 'bert' })
    expect(refused).toMatchObject({ status: 403 })
    const stale = { 'if-match': '"v7"' }
    expect((await call('DELETE', path, { as: 'anna', headers: stale })).status).toBe(412)
    await call('PUT', `${path}/shelf`, { body: { shelf: 'read' }, as: 'bert' })
    expect((await call('DELETE', path, { as: 'anna' })).status).toBe(204)
    expect((await call('DELETE', path, { as: 'anna' })).status).toBe(404)
    expect((await call('GET', path)).status).toBe(404)
    const found = await call<Book[]>('GET', '/api/books?q=removable')
    expect(found.body).toEqual([])
    const { body: next } = await add({ title: 'Removable' })
    expect(next.id).toBeGreaterThan(book.id)
    expect((await call('DELETE', `/api/books/${next.id}`)).status).toBe(204)
  })

  it('stands on one shelf of each reader, seen by nobody else', async () => {
    const { body: book } = await add({ title: 'Shelved' })
    const path = `/api/books/${book.id}/shelf`
    const put = (shelf: unknown, as: string) =>
      call<ShelvedBook>('PUT', path, { body: { shelf }, as })
    const on = async (shelf: string, as: string) =>
      (await call<Book[]>('GET', `/api/books?shelf=${shelf}`, { as })).body.map(({ id }) => id)
    expect(await put('want', 'clara')).toMatchObject({
      status: 200,
      body: { book_id: book.id, shelf: 'want' },
    })
    expect((await put('reading', 'clara')).status).toBe(200)
    expect(await on('reading', 'clara')).toEqual([book.id])
    expect(await on('want', 'clara')).toEqual([])
    expect(await on('reading', 'dora')).toEqual([])
    const seen = await call<Book>('GET', `/api/books/${book.id}`, { as: 'clara' })
    expect(seen.body.shelf).toBe('reading')
    const other = await call<Book>('GET', `/api/books/${book.id}`, { as: 'dora' })
    expect(other.body.shelf).toBeNull()
    expect((await put('burnt', 'clara')).status).toBe(422)
    const nowhere = '/api/books/999999999/shelf'
    expect((await call('PUT', nowhere, { body: { shelf: 'read' } })).status).toBe(404)
    expect((await call('DELETE', path, { as: 'clara' })).status).toBe(204)
    expect(await on('reading', 'clara')).toEqual([])
    expect((await call('GET', '/api/books?shelf=burnt')).status).toBe(422)
  })
})
