import { afterAll, beforeAll, expect, it } from 'bun:test'
import { describeStores } from '../shared/testing/describe-stores.ts'
import { startForTest, type TestSystem } from './testing/system.ts'

const changesAtOnce = 3

// Without If-Match no version is requested, so none can be wrong.
describeStores('simultaneous changes without If-Match', (makeDatabase) => {
  let system: TestSystem
  beforeAll(async () => {
    system = await startForTest(makeDatabase)
  }, 30_000)
  afterAll(() => system.close())

  async function make(path: string, body: object): Promise<string> {
    const answer = await system.send('POST', path, { body })
    expect(answer.status).toBe(201)
    return answer.headers.get('location') ?? ''
  }

  const exercise = { title: 'Add', prompt: 'Add them.', language: 'javascript' }
  const tests = [{ name: 'one', args: [1, 2], expected: 3 }]
  const user = { username: 'olga', email: 'olga@test.example', password: 'a password for olga' }
  const things: [string, () => Promise<string>, object][] = [
    [
      'a book',
      () => make('/api/books', { title: 'Emma', author: 'Jane Austen' }),
      { page_count: 1 },
    ],
    ['a course', () => make('/api/courses', { code: 'ONE' }), { name: 'One' }],
    [
      'an exercise',
      () => make('/api/courses/ONE/exercises', { ...exercise, tests }),
      { title: 'B' },
    ],
    ['a resource', () => make('/api/cars', { name: 'Blue' }), { properties: { seats: 4 } }],
    ['a user', () => make('/api/users', user), { username: 'Olga' }],
  ]

  const paths = new Map<string, string>()
  const atOnce = async (name: string, method: string, body?: object) => {
    const path = paths.get(name) ?? ''
    const send = () => system.send(method, path, { body })
    const answers = await Promise.all(Array.from({ length: changesAtOnce }, send))
    return answers.map(({ status }) => status).toSorted((a, b) => a - b)
  }

  const versionOf = async (name: string) => {
    const found = await system.send('GET', paths.get(name) ?? '')
    return Number(/^"v(\d+)-/.exec(found.headers.get('etag') ?? '')?.[1])
  }

  it.each(things)('are all applied: %s', async (name, create, change) => {
    paths.set(name, await create())
    const before = await versionOf(name)
    const statuses = await atOnce(name, 'PATCH', change)
    expect(statuses.filter((status) => status !== 200 && status !== 204)).toEqual([])
    expect(await versionOf(name)).toBe(before + changesAtOnce)
  })

  it.each(things.toReversed())('remove once, and then there is nothing: %s', async (name) => {
    expect(await atOnce(name, 'DELETE')).toEqual([204, 404, 404])
  })
})
