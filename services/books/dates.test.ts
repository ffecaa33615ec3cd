import { expect, it, onTestFinished } from 'bun:test'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createStores } from '@campus/store/open.ts'
import type { Book, ImportReport, ShelvedBook } from '../../shared/schemas/book.ts'
import { changeByHand } from '../../shared/testing/by-hand.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { startForTest } from '../testing/system.ts'
import { useSystem } from '../testing/use-system.ts'

describeStores('dates of books', (makeDatabase) => {
  const { call, system } = useSystem(makeDatabase)
  const add = (title: string, release_date: unknown) =>
    call<Book>('POST', '/api/books', { body: { title, author: 'Dated', release_date } })
  const find = async (title: string, as = 'anna') => {
    const path = `/api/books?q=${encodeURIComponent(title)}`
    return (await call<Book[]>('GET', path, { as })).body[0]
  }
  const importBooks = async (type: string, body: string, as = 'anna') => {
    const headers = { 'content-type': type }
    return (await call<ImportReport>('POST', '/api/books/import', { as, body, headers })).body
  }
  const shelve = (book: Book | undefined, body: object, as = 'anna') =>
    call<ShelvedBook>('PUT', `/api/books/${book?.id}/shelf`, { as, body })

  it('are as exact as they are known: a year stays a year', async () => {
    for (const date of ['1603', '1603-05', '1603-01-01', '0001', '9999-12-31', null]) {
      const { status, body } = await add(`Known ${date}`, date)
      expect([status, body.release_date]).toEqual([201, date])
      const path = `/api/books/${body.id}`
      const publisher = `Of ${date}`
      const changed = await call<Book>('PATCH', path, { body: { publisher } })
      expect(changed.body).toMatchObject({ publisher, release_date: date })
      expect((await call<Book>('GET', path)).body.release_date).toBe(date)
    }
    const { body } = await add('Narrowed', '1603')
    const change = async (release_date: string | null) => {
      const wanted = { body: { release_date } }
      return (await call<Book>('PATCH', `/api/books/${body.id}`, wanted)).body.release_date
    }
    for (const date of ['1603-05', '1603-05-01', '1603', null, '1604']) {
      expect(await change(date)).toBe(date)
    }
    const wrong = [
      '0000',
      '1603-13',
      '1603-00',
      '1603-02-29',
      '160',
      '16033',
      '1603-5',
      '1603-',
      '',
    ]
    for (const date of [...wrong, '1603/05', '-375', ' 1603', 1603]) {
      const refused = await add('Never', date)
      expect([date, refused.status]).toEqual([date, 422])
      expect(refused.body).toMatchObject({ errors: [{ pointer: '#/release_date' }] })
    }
  })

  it('are sorted as they came, a year with its first day', async () => {
    const dates = [
      '1801',
      '1799-12-31',
      '1800-06',
      '1800',
      '1800-05-31',
      '1800-06-02',
      '1800-12-31',
    ]
    for (const date of dates) await add(`Sorted ${date}`, date)
    const listed = async (order: string) => {
      const found: (string | null)[] = []
      let path: string | undefined = `/api/books?q=sorted&sort=release_date&limit=2&order=${order}`
      while (path) {
        const { body, headers }: { body: Book[]; headers: Headers } = await call('GET', path)
        found.push(...body.map(({ release_date }) => release_date))
        path = /<(.+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1]
      }
      return found
    }
    const sorted = dates.toSorted()
    expect(await listed('asc')).toEqual(sorted)
    expect(await listed('desc')).toEqual(sorted.toReversed())
  })

  it('are whole where an earlier version has changed them meanwhile', async () => {
    const { body } = await add('Meanwhile', '1700')
    const change = `UPDATE books SET release_date = '1999-05-04' WHERE number = ${body.id}`
    await changeByHand(system().databaseUrlOf('books'), change)
    expect(await find('meanwhile')).toMatchObject({ release_date: '1999-05-04' })
  })

  it('of readers are their own: when it was shelved and when it was read', async () => {
    const { body: book } = await add('Read slowly', null)
    expect(book).toMatchObject({ shelf: null, date_shelved: null, date_read: null })
    const today = new Date().toISOString().slice(0, 10)
    const shelved = await shelve(book, { shelf: 'reading' })
    const { date_shelved = '' } = shelved.body
    // The day may have ended meanwhile.
    expect([today, new Date().toISOString().slice(0, 10)]).toContain(String(date_shelved))
    expect(shelved.body).toEqual({
      book_id: book.id,
      shelf: 'reading',
      date_shelved,
      date_read: null,
    })
    const read = await shelve(book, { shelf: 'read', date_read: '2019-07' })
    expect(read.body).toMatchObject({ date_shelved, date_read: '2019-07' })
    // Read again: what is left out stays.
    expect((await shelve(book, { shelf: 'reading' })).body).toMatchObject({
      date_shelved,
      date_read: '2019-07',
    })
    const path = `/api/books/${book.id}`
    const seen = async (as: string) => (await call<Book>('GET', path, { as })).body
    expect(await seen('anna')).toMatchObject({ date_shelved, date_read: '2019-07' })
    expect(await seen('bert')).toMatchObject({ shelf: null, date_shelved: null, date_read: null })
    const unknown = { shelf: 'read', date_shelved: null, date_read: null }
    expect((await shelve(book, unknown)).body).toMatchObject(unknown)
    expect((await shelve(book, { shelf: 'read' }, 'bert')).body.date_read).toBeNull()
    const refused = await shelve(book, { shelf: 'read', date_read: '2023-02-30' })
    expect(refused).toMatchObject({ status: 422, body: { errors: [{ pointer: '#/date_read' }] } })
    expect((await shelve(book, { shelf: 'read', date_shelved: 'today' })).status).toBe(422)
    expect(await seen('anna')).toMatchObject(unknown)
    await call('DELETE', `${path}/shelf`, { as: 'anna' })
    expect((await shelve(book, { shelf: 'want' })).body.date_read).toBeNull()
  })

  it('come along from Goodreads, and a file that does not say them takes none away', async () => {
    expect(await importBooks('text/csv', goodreads)).toMatchObject({ imported: 6, skipped: 0 })
    expect(await find('hamlet')).toMatchObject({
      release_date: '1603',
      shelf: 'read',
      date_shelved: '2019-12-24',
      date_read: '2020-01-02',
    })
    expect(await find('politeia')).toMatchObject({ date_shelved: '2020-01-03', date_read: null })
    expect(await find('candide')).toMatchObject({ date_read: '2018' })
    // On no shelf of ours there is no date of one.
    expect(await find('ulysses')).toMatchObject({ shelf: null, date_shelved: null })
    expect(await find('hamlet', 'bert')).toMatchObject({ shelf: null, date_read: null })
    const less = 'title,author,shelf\nHamlet,William Shakespeare,reading\n'
    await importBooks('text/csv', less)
    const kept = { date_shelved: '2019-12-24', date_read: '2020-01-02' }
    expect(await find('hamlet')).toMatchObject({ shelf: 'reading', ...kept })
    // The last line of a book counts.
    const twice = 'read,2021/01/01\nHamlet,William Shakespeare,want,'
    await importBooks(
      'text/csv',
      `title,author,shelf,date read\nHamlet,William Shakespeare,${twice}`,
    )
    expect(await find('hamlet')).toMatchObject({ shelf: 'want', ...kept })
  })

  it('of readers that cannot be read are left out and said once; the books stay', async () => {
    const { imported, skipped, problems } = await importBooks('text/csv', goodreads, 'dora')
    expect(problems.filter(({ code }) => code === 'date_unreadable')).toEqual([
      {
        line: 6,
        code: 'date_unreadable',
        detail: expect.stringMatching(/^date_read was left out/),
      },
    ])
    // Some are on the list already.
    expect(imported + skipped).toBe(6)
    expect(await find('ada', 'dora')).toMatchObject({
      shelf: 'read',
      date_shelved: '2020-01-03',
      date_read: null,
    })
    expect(await find('emma', 'dora')).toMatchObject({ shelf: 'read', date_shelved: null })
    const saved = 'Title;Author;Exclusive Shelf;Date Added\nNana;Zola;read;24.12.2019\n'
    expect((await importBooks('text/csv', saved)).imported).toBe(1)
    expect(await find('nana')).toMatchObject({ shelf: 'read', date_shelved: null })
  })

  it('are the same after an export and an import, as CSV and as JSON', async () => {
    const own = ['shelf', 'date_shelved', 'date_read'] as const
    const shelves = [
      { shelf: 'read', date_shelved: '2015', date_read: '2016-02' },
      { shelf: 'read', date_shelved: null, date_read: '2016-02-29' },
      { shelf: 'want', date_shelved: null, date_read: null },
    ]
    for (const [at, date] of ['1813', '1813-01', '1813-01-01', null].entries()) {
      const { body } = await add(`Round trip ${at}`, date)
      if (shelves[at]) await shelve(body, shelves[at], 'carla')
    }
    const read = async () => {
      const path = '/api/books?q=round+trip'
      const { body } = await call<Book[]>('GET', path, { as: 'carla' })
      return body.map(({ release_date, id, ...book }) => ({
        id,
        release_date,
        ...Object.fromEntries(own.map((name) => [name, book[name]])),
      }))
    }
    const before = await read()
    for (const [format, type] of [
      ['csv', 'text/csv'],
      ['json', 'application/json'],
    ] as const) {
      const path = `/api/books/export?format=${format}`
      const text = await (await system().send('GET', path, { as: 'carla' })).text()
      for (const { id } of await read()) await call('DELETE', `/api/books/${id}`)
      expect(await read()).toEqual([])
      await importBooks(type, text, 'carla')
      expect((await read()).map((book) => ({ ...book, id: 0 }))).toEqual(
        before.map((book) => ({ ...book, id: 0 })),
      )
    }
  })

  it('and stars are read from JSON, a number or text', async () => {
    const item = (title: string, more: object) => ({ title, author: 'Starred', ...more })
    const items = [
      item('Five', { my_rating: 5, shelf: 'read', date_read: '2020-01-02' }),
      item('Four', { my_rating: '4' }),
      ...[0, 6, 2.5, true, null, [3], { toString: 1 }].map((my_rating, at) =>
        item(`Odd stars ${at}`, { my_rating }),
      ),
      item('No day', { shelf: 'read', date_read: '2020/01/02' }),
    ]
    const report = await importBooks('application/json', JSON.stringify(items))
    expect(report).toMatchObject({ imported: 10, skipped: 0, problems: [{ line: 10 }] })
    expect(await find('no day')).toMatchObject({ shelf: 'read', date_read: null })
    expect(await find('five')).toMatchObject({ date_read: '2020-01-02' })
    const rated = async (title: string) => {
      const path = `/api/ratings/${(await find(title))?.id}/mine`
      return (await call<{ value?: number }>('GET', path, { as: 'anna' })).body.value
    }
    expect([await rated('five'), await rated('four')]).toEqual([10, 8])
    for (let at = 0; at < 7; at++) expect(await rated(`odd stars ${at}`)).toBeUndefined()
  })
})

const goodreads = `Title,Author,My Rating,Original Publication Year,Date Read,Date Added,\
Exclusive Shelf
Hamlet,William Shakespeare,5,1603,2020/01/02,2019/12/24,read
Politeia,Plato,0,-375,,2020/01/03,to-read
Candide,Voltaire,4,1759,2018,,read
Ulysses,James Joyce,0,1922,,2020/01/03,given-up
Ada,Vladimir Nabokov,0,1969,2020/02/30,2020/01/03,read
Emma,Jane Austen,0,1815,,yesterday,read
`

describeStores('a reading list from before there were dates of readers', (makeDatabase) => {
  it('keeps its days as days, and its shelves', async () => {
    const database = await makeDatabase()
    onTestFinished(database.remove)
    const url = database.url.replaceAll('{service}', 'books')
    const folder = await mkdtemp(join(tmpdir(), 'campus-upgrade-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const isOld = (path: string) => !/\/0007_[^/]*$/.test(path)
    await cp(`${import.meta.dir}/migrations`, folder, { recursive: true, filter: isOld })
    const stores = createStores()
    await (await stores.open(url)).migrate(folder)
    await stores.close()
    const isPostgres = url.startsWith('postgres')
    for (const [at, date] of ['1603-01-01', '1813-01-28', '~'].entries()) {
      const id = `01900000-0000-7000-8000-00000000000${at}`
      const [key, now] = isPostgres
        ? [`'${id}'`, 'now()']
        : [`unhex('${id.replaceAll('-', '')}')`, '0']
      const insertBook = `
        INSERT INTO books (id, title, author, release_date, publisher, added_by, created,
          title_key, author_key, words, identity)
        VALUES (${key}, 'Old ${at}', 'A', '${date}', '', 'x', ${now},
          'old ${at}', 'a', '', '${at}')`
      await changeByHand(url, insertBook)
    }
    const system = await startForTest(async () => ({ ...database, remove: async () => {} }))
    onTestFinished(system.close)
    // As a process of the version before, which may run beside this one.
    const { id: user } = (await (await system.send('GET', '/api/users/me')).json()) as {
      id: string
    }
    const insert = 'INSERT INTO shelves (user_id, book_number, shelf)'
    await changeByHand(url, `${insert} VALUES ('${user}', 1, 'read')`)
    const list = async () =>
      (await (await system.send('GET', '/api/books?sort=release_date')).json()) as Book[]
    const none = { date_shelved: null, date_read: null }
    expect(await list()).toMatchObject([
      { release_date: '1603-01-01', shelf: 'read', ...none },
      { release_date: '1813-01-28', shelf: null, ...none },
      { release_date: null, shelf: null, ...none },
    ])
    const body = { shelf: 'read', date_read: '1999' }
    expect((await system.send('PUT', '/api/books/1/shelf', { body })).status).toBe(200)
    expect((await list())[0]).toMatchObject({ date_shelved: null, date_read: '1999' })
  })
})
