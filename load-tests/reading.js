// @ts-check
import { check } from 'k6'
import { Gauge } from 'k6/metrics'
import { actAsAdministrator, actAsMember, common, isSmoke, pick, send } from './campus.js'
import { signUpMembers } from './campus.js'

// Readers arrive at this rate, whether or not earlier requests have completed.
const perSecond = Number(__ENV.RATE || (isSmoke ? 100 : 500))

export const options = {
  ...common,
  scenarios: {
    reading: {
      executor: 'constant-arrival-rate',
      exec: 'browseAndRate',
      rate: perSecond,
      timeUnit: '1s',
      duration: isSmoke ? '5s' : '30s',
      preAllocatedVUs: 100,
      maxVUs: 400,
    },
  },
  thresholds: {
    checks: ['rate==1'],
    server_errors: ['count==0'],
    'http_reqs{name:rate}': ['count>0'],
    // For two cores that also run this generator; see spread.js.
    'http_req_duration{name:browse}': ['p(95)<200', 'p(99)<500'],
    'http_req_duration{name:search}': ['p(95)<200', 'p(99)<500'],
    'http_req_duration{name:open}': ['p(95)<200', 'p(99)<500'],
    'http_req_duration{name:rate}': ['p(95)<300', 'p(99)<700'],
    dropped_iterations: [`count<${perSecond * 0.1}`],
  },
}

const ratings = new Gauge('ratings')
const memberCount = 20
const bookCount = isSmoke ? 200 : 5000
const words = 'night river house garden stone light winter king island letter'.split(' ')
const sorts = ['title', 'author', 'release_date', 'rating']
// Most requests browse; some opened books are rated, withdrawn or shelved.
const share = { search: 0.2, rate: 0.3, withdraw: 0.05, shelve: 0.1 }

export function setup() {
  actAsAdministrator()
  // There may be books, and this may have run before.
  const run = Date.now().toString(36)
  const items = Array.from({ length: bookCount }, (_, at) => ({
    title: `The ${words[at % 10]} and the ${words[Math.floor(at / 10) % 10]} ${run} ${at}`,
    author: `Author ${at % 300}`,
    page_count: 100 + (at % 900),
  }))
  const answer = send('POST', '/api/books/import', { name: 'import', accepted: [200], body: items })
  check(answer, { 'all books are imported': () => answer.json('imported') === bookCount })
  return { members: signUpMembers(memberCount), books: listIds(`/api/books?q=${run}&limit=200`) }
}

/**
 * The ids of a list, page by page.
 * @param {string} first
 * @returns {number[]}
 */
function listIds(first) {
  const ids = []
  for (let path = first; path !== '';) {
    const answer = send('GET', path, { name: 'list', accepted: [200] })
    const page = /** @type {{ id: number }[]} */ (/** @type {unknown} */ (answer.json()))
    for (const { id } of page) ids.push(id)
    path = /<(.+)>; rel="next"/.exec(answer.headers['Link'] ?? '')?.[1] ?? ''
  }
  check(ids, { 'all books are found': () => ids.length === bookCount })
  return ids
}

/** @param {{ members: string[], books: number[] }} data */
export function browseAndRate({ members, books }) {
  actAsMember(members)
  const isSearch = Math.random() < share.search
  const path = isSearch ? `?q=${pick(words)}+${pick(words)}` : `?sort=${pick(sorts)}`
  const name = isSearch ? 'search' : 'browse'
  send('GET', `/api/books${path}`, { name, accepted: [200] })
  const book = pick(books)
  const found = send('GET', `/api/books/${book}`, { name: 'open', accepted: [200] })
  check(found, { 'a book comes with its ratings': () => found.json('id') === book })
  const dice = Math.random()
  if (dice < share.rate) {
    const body = { value: 1 + Math.floor(Math.random() * 10) }
    send('POST', `/api/books/${book}/ratings`, { name: 'rate', accepted: [201, 409], body })
  } else if (dice < share.rate + share.withdraw) {
    const mine = `/api/ratings/${book}/mine`
    send('DELETE', mine, { name: 'withdraw', accepted: [204, 404] })
  } else if (dice < share.rate + share.withdraw + share.shelve) {
    const body = { shelf: pick(['want', 'reading', 'read']) }
    send('PUT', `/api/books/${book}/shelf`, { name: 'shelve', accepted: [200], body })
  }
}

/**
 * Counts the stored ratings; there must be as many as were acknowledged.
 * @param {{ books: number[] }} data
 */
export function teardown({ books }) {
  actAsAdministrator()
  let total = 0
  for (let from = 0; from < books.length; from += 200) {
    const ids = books.slice(from, from + 200)
    const path = `/api/ratings?book_ids=${ids.join(',')}`
    const answer = send('GET', path, { name: 'count', accepted: [200] })
    const summaries = /** @type {{ count: number }[]} */ (/** @type {unknown} */ (answer.json()))
    for (const { count } of summaries) total += count
  }
  ratings.add(total)
}
