import { expect } from 'bun:test'
import { sampleExercises } from '../../services/courses/sample-exercises.ts'
import { readAuthorization } from '../../scripts/harness/administrator.ts'
import { waitUntil } from '../../scripts/harness/wait.ts'

// Characters that COPY must escape, and multi-byte ones.
export const odd = 'tab\t line\n return\r back\\slash \\. \\N ünï 🚗'
export const span = (day: number) => ({
  from_datetime: `2031-03-0${day}T09:00:00Z`,
  to_datetime: `2031-03-0${day}T10:00:00Z`,
})

/** Calls as the administrator. */
export function callOf(url: string) {
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

/** Fills every service with data, including open-ended spans and unusual characters. */
export async function fillSystem(url: string, suffix = '') {
  const call = callOf(url)
  // Sample data is added after the system is ready; this is its last item.
  await waitUntil('the samples are there', async () => {
    const last = sampleExercises.at(-1)
    const { body } = await call('GET', `/api/courses/${last?.course}/exercises`)
    return listOf(body).some(({ title }) => title === last?.title)
  })
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
    code: `/* ${odd} */ function solve(a, b) { return a + b }`,
  })
  await ratingsAreSynced(url)
}

/** Waits until the books service has every rating. */
async function ratingsAreSynced(url: string): Promise<void> {
  const call = callOf(url)
  await waitUntil('books have their ratings', async () => {
    const books = listOf((await call('GET', '/api/books?limit=200')).body)
    const odd = books.filter(({ title }) => title?.startsWith('Odd'))
    return odd.length > 0 && odd.every(({ ratings_count }) => Number(ratings_count) === 1)
  })
}

/** A list response is the array itself, or has a single array. */
export function listOf(body: unknown): Record<string, string>[] {
  const list = Array.isArray(body) ? body : Object.values(Object(body)).find(Array.isArray)
  return (list ?? []) as Record<string, string>[]
}
