import { expect, it } from 'bun:test'
import type { Book } from '../../shared/schemas/book.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { useSystem } from '../testing/use-system.ts'
import { forgeCursor } from '../testing/forged-cursor.ts'

const shelf: [title: string, author: string, extra?: object][] = [
  ['Les Misérables', 'Victor Hugo', { release_date: '1862-04-03', publisher: 'Lacroix' }],
  ['Germinal', 'Émile Zola', { release_date: '1885-03-02' }],
  ['Gulliver’s Travels', 'Jonathan Swift', { release_date: '1726-10-28' }],
  ["D'Artagnan & Co.", 'Alexandre Dumas'],
  ['C++ in 24 hours', 'B. Stroustrup', { release_date: '1985-10-14' }],
  ['Pan Tadeusz', 'Adam Mickiewicz', { publisher: 'Aleksander Jełowicki' }],
  ['Œuvres complètes', 'Ødegård Straße'],
  ['Преступление и наказание', 'Фёдор Достоевский'],
  ['吾輩は猫である', '夏目漱石'],
  ['NEAR and FAR', 'AND OR NOT'],
  ['1984', 'George Orwell'],
  ['３ １/２ Wishes', 'ΟΔΥΣΣΕΥΣ'],
  ['under_score-dash', 'a.b@example.org'],
]

// Each query and the places, in the shelf above, of what it must find: on both databases.
const searches: [query: string, found: number[]][] = [
  ['miserables', [0]],
  ['MISÉRABLES', [0]],
  ['mise\u0301rables', [0]],
  ['hugo mis', [0]],
  ['hugo zola', []],
  ['emile', [1]],
  ['lacroix', [0]],
  ['gulliver', [2]],
  ['gullivers', [2]],
  ["gulliver's", [2]],
  ['gulliver’s trav', [2]],
  ['artagnan', [3]],
  ['dartagnan', [3]],
  ["d'artagnan", [3]],
  ['c++', [3, 4, 6]],
  ['24', [4]],
  ['jelowicki', [5]],
  ['JEŁOW', [5]],
  ['oeuvres', [6]],
  ['œuv', [6]],
  ['odegard', [6]],
  ['strasse', [6]],
  ['достоевский', [7]],
  ['федор', [7]],
  ['Фёдор', [7]],
  ['吾輩', [8]],
  ['夏目', [8]],
  ['near', [9]],
  ['NEAR(and far)', [9]],
  ['and or not', [9]],
  ['germinal OR hugo', []],
  ['near NOT far', [9]],
  ['19', [10]],
  ['1984', [10]],
  ['3', [11]],
  ['½', [11]],
  ['οδυσσευς', [11]],
  ['οδυσσευσ', [11]],
  ['under score', [12]],
  ['under_score', [12]],
  ['score-dash', [12]],
  ['example.org', [12]],
  ['"miserables"', [0]],
  ['"', []],
  ['""', []],
  ["'", []],
  ['*', []],
  ['mis*', [0]],
  ['-germinal', [1]],
  ['germinal -zola', [1]],
  ['^germinal', [1]],
  ['title:germinal', []],
  ['{title author}:germinal', []],
  ['germinal)', [1]],
  ["germinal'); DROP TABLE books; --", []],
  ['germinal & !zola', [1]],
  ['germinal | hugo', []],
  ['germinal:*', [1]],
  ['germinal <-> zola', [1]],
  ['\\', []],
  ['%', []],
  ['_', []],
  ['zola\u0000', [1]],
  ['\u{1f4da}', []],
  ['misrables', []],
]

describeStores('the search', (makeDatabase) => {
  const { call } = useSystem(makeDatabase)

  it('finds the same on every database, whatever the words', async () => {
    const ids: number[] = []
    for (const [title, author, extra] of shelf) {
      const { body } = await call<Book>('POST', '/api/books', { body: { title, author, ...extra } })
      ids.push(body.id)
    }
    for (const [query, places] of searches) {
      const path = `/api/books?q=${encodeURIComponent(query)}`
      const { status, body } = await call<Book[]>('GET', path)
      expect([query, status]).toEqual([query, 200])
      const found = body.map(({ id }) => ids.indexOf(id)).toSorted((a, b) => a - b)
      expect([query, found]).toEqual([query, places])
    }
    for (const query of ['', '%20', '%09']) {
      expect((await call<Book[]>('GET', `/api/books?q=${query}`)).body).toHaveLength(shelf.length)
    }
    expect((await call('GET', `/api/books?q=${'x'.repeat(201)}`)).status).toBe(422)
    const many = await call<Book[]>('GET', `/api/books?q=${'a%20'.repeat(60)}`)
    expect(many.status).toBe(200)
  })

  it('sorts the same on every database, and pages without gap or repeat', async () => {
    const all = async (query: string) => {
      const seen: Book[] = []
      let path: string | undefined = `/api/books?limit=3&${query}`
      while (path) {
        const { body, headers }: { body: Book[]; headers: Headers } = await call('GET', path)
        seen.push(...body)
        path = /<(.+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1]
      }
      expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length)
      return seen
    }
    const titles = (await all('sort=title')).map(({ title }) => title)
    expect(titles).toEqual([
      '1984',
      '３ １/２ Wishes',
      'C++ in 24 hours',
      "D'Artagnan & Co.",
      'Germinal',
      'Gulliver’s Travels',
      'Les Misérables',
      'NEAR and FAR',
      'Œuvres complètes',
      'Pan Tadeusz',
      'under_score-dash',
      'Преступление и наказание',
      '吾輩は猫である',
    ])
    expect((await all('sort=title&order=desc')).map(({ title }) => title)).toEqual(
      titles.toReversed(),
    )
    const dates = (await all('sort=release_date')).map(({ release_date }) => release_date)
    expect(dates.slice(0, 5)).toEqual([
      '1726-10-28',
      '1862-04-03',
      '1885-03-02',
      '1985-10-14',
      null,
    ])
    expect(dates).toHaveLength(shelf.length)
    const authors = (await all('sort=author')).map(({ author }) => author)
    expect(authors.slice(0, 3)).toEqual(['a.b@example.org', 'Adam Mickiewicz', 'Alexandre Dumas'])
    const found = await all('q=a&sort=author')
    expect(found.map(({ author }) => author)).toEqual(
      authors.filter((author) => found.some((book) => book.author === author)),
    )
    for (const position of ['bm9uc2Vuc2U', ['\0', 1], ['a', -1], [1, 1]]) {
      const { status } = await call('GET', forgeCursor('/api/books?sort=title', position))
      expect([position, status]).toEqual([position, 400])
    }
    const byRating = forgeCursor('/api/books?sort=rating', ['a', 1])
    expect((await call('GET', byRating)).status).toBe(400)
    expect((await call('GET', '/api/books?sort=price')).status).toBe(422)
  })
})
