import { expect, it, onTestFinished, setDefaultTimeout } from 'bun:test'
import { makePostgres, makeSqlite } from '../shared/testing/describe-stores.ts'
import { readAuthorization } from './administrator.ts'
import { moveTo, prepare, run, upload } from './backup/fixture.ts'
import { waitUntil } from './chaos/wait.ts'
import { startSystem } from './run-system.ts'

setDefaultTimeout(240_000)

// What COPY has to escape, and what takes more than one byte.
const odd = 'tab\t line\n return\r back\\slash \\. \\N ünï 🚗'
const types = ['cars', 'lorries', 'trucks', 'runways', 'launchpads']

it('a system on SQLite goes on in PostgreSQL as it was, and grows there', async () => {
  const { folder, environment } = await prepare(makeSqlite)
  const small = await startSystem({ environment: { ...environment, SAMPLE_DATA: 'true' } })
  onTestFinished(small.kill)
  await fill(small.url)
  await upload(small.url, odd)
  await followed(small.url)
  const before = await readEverything(small.url)
  await small.stop()
  expect(await run('backup', [folder], environment)).toEqual([0, ''])

  const target = await moveTo(makePostgres, environment)
  expect(await run('restore', [folder], target)).toEqual([0, ''])
  const large = await startSystem({ environment: target })
  onTestFinished(large.kill)
  const after = await readEverything(large.url)
  expect(Object.keys(after)).toEqual(Object.keys(before))
  for (const [path, answer] of Object.entries(before))
    expect([path, after[path]]).toEqual([path, answer])
  // All of it was worth comparing.
  const seen = Object.values(before).join()
  for (const text of [
    'Moby-Dick',
    'Sum of two',
    'reader0@example.org',
    'to_infinity',
    '"value":9',
  ]) {
    expect(seen).toContain(text)
  }
  expect(seen.split(JSON.stringify(odd).slice(1, -1)).length).toBeGreaterThan(4)

  // Rules and counters hold: what was booked is taken, and what is new gets numbers of its own.
  const call = callOf(large.url)
  const [car] = (await call('GET', '/api/cars')).body as { id: string }[]
  const taken = await call('POST', `/api/cars/${car?.id}/allocations`, span(1))
  expect(taken).toMatchObject({ status: 409, body: { code: 'allocation_overlap' } })
  await fill(large.url, ' of the second start')
  await followed(large.url)
  const { body } = await call('GET', '/api/allocations/audit')
  expect(body).toMatchObject({ overlaps: 0, constraint: true })
})

const span = (day: number) => ({
  from_datetime: `2031-03-0${day}T09:00:00Z`,
  to_datetime: `2031-03-0${day}T10:00:00Z`,
})

function callOf(url: string) {
  return async (method: string, path: string, body?: unknown) => {
    const answer = await fetch(url + path, {
      method,
      headers: {
        authorization: await readAuthorization(url),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    const isJson = answer.headers.get('content-type')?.includes('json')
    return { status: answer.status, body: isJson ? (JSON.parse(text) as unknown) : text, answer }
  }
}

/** Something of everybody's, with spans without an end and characters of all kinds. */
async function fill(url: string, suffix = '') {
  const call = callOf(url)
  const make = async (path: string, body: unknown, method = 'POST') => {
    const { status, body: made } = await call(method, path, body)
    expect([path, made, status < 300]).toEqual([path, made, true])
    return made as { id: string }
  }
  const name = `reader${suffix.length}`
  await make('/api/users', {
    username: name,
    email: `${name}@example.org`,
    password: 'words of a reader',
  })
  const car = await make('/api/cars', { name: `A car${suffix}` })
  const path = `/api/cars/${car.id}/allocations`
  await make(path, { ...span(1), description: odd })
  await make(path, { from_datetime: '2032-01-01T00:00:00.123Z', to_infinity: true })
  const book = await make('/api/books', {
    title: `Odd${suffix}`,
    author: odd,
    release_date: '1999-01-01',
    page_count: 1,
    publisher: odd,
  })
  await make(`/api/books/${book.id}/ratings`, { value: 9 })
  await make(`/api/books/${book.id}/shelf`, { shelf: 'reading' }, 'PUT')
  const { body } = await call('GET', '/api/courses/CSE115/exercises')
  const [exercise] = listOf(body)
  await make(`/api/courses/CSE115/exercises/${exercise?.id}/submissions`, {
    code: `// ${odd}\nfunction solve(a, b) { return a + b }`,
  })
}

/** Waits until the list of books knows every rating. */
async function followed(url: string): Promise<void> {
  const call = callOf(url)
  await waitUntil('books follow their ratings', async () => {
    const books = listOf((await call('GET', '/api/books?limit=200')).body)
    const odd = books.filter(({ title }) => title?.startsWith('Odd'))
    return odd.length > 0 && odd.every(({ ratings_count }) => Number(ratings_count) === 1)
  })
}

/** What an administrator is shown, by path. */
async function readEverything(url: string): Promise<Record<string, string>> {
  const call = callOf(url)
  const answers: Record<string, string> = {}
  const read = async (path: string) => {
    const { status, body, answer } = await call('GET', path)
    expect([path, status]).toEqual([path, 200])
    const text = JSON.stringify([body, answer.headers.get('etag'), answer.headers.get('link')])
    answers[path] = text.replaceAll(url, '')
    return listOf(body)
  }
  for (const path of [
    'users',
    'files/usage',
    'books/export',
    'allocations/audit',
    'ratings?book_ids=1,2,3,41',
  ]) {
    await read(`/api/${path}`)
  }
  for (const type of types) {
    for (const { id } of await read(`/api/${type}?limit=200`)) {
      await read(`/api/${type}/${id}`)
      for (const allocation of await read(`/api/${type}/${id}/allocations`)) {
        await read(`/api/${type}/${id}/allocations/${allocation.id ?? allocation.allocation_id}`)
      }
    }
  }
  for (const sort of ['title', 'rating']) await read(`/api/books?limit=200&sort=${sort}`)
  await read(`/api/books?q=${encodeURIComponent('война')}`)
  for (const { id } of await read('/api/books?limit=200')) await read(`/api/books/${id}`)
  for (const { file_hash } of await read('/api/files?limit=200')) {
    await read(`/api/files/${file_hash}`)
    await read(`/api/files/${file_hash}/content`)
  }
  for (const { code } of await read('/api/courses')) {
    await read(`/api/courses/${code}/scores`)
    for (const { id } of await read(`/api/courses/${code}/exercises`)) {
      const path = `/api/courses/${code}/exercises/${id}`
      await read(path)
      for (const submission of await read(`${path}/submissions`))
        await read(`${path}/submissions/${submission.id}`)
    }
  }
  return answers
}

/** A list is the body itself, or its one array. */
function listOf(body: unknown): Record<string, string>[] {
  const list = Array.isArray(body) ? body : Object.values(Object(body)).find(Array.isArray)
  return (list ?? []) as Record<string, string>[]
}
