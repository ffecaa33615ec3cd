import { afterAll, beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import { createStores, type Stores } from '@campus/store/open.ts'
import type { Store } from '@campus/store/store.ts'
import { describeStores } from '../shared/testing/describe-stores.ts'
import document from './openapi.json'
import { startForTest, type TestSystem } from './testing/system.ts'

setDefaultTimeout(60_000)

const month = 'from=2031-01-01T00:00:00Z&to=2031-02-01T00:00:00Z'
const hour = 'from=2031-01-01T09:00:00Z&to=2031-01-01T10:00:00Z'

/** What may read many rows, or all of a table, for one request. */
const large = [
  '/api/allocations/audit',
  '/api/bookings/audit',
  '{car}/availability',
  `{car}/availability?${month}`,
  `/api/cars/availability?${month}`,
  `/api/allocations?${month}`,
  '{resource}/history',
  '/api/openings?type=Car&duration=PT1H',
  '/api/waitlist',
  '/api/bookings',
  `/api/bookings/export?${month}`,
  '/api/handovers',
  `/api/bookings/utilisation?by=resource&${month}`,
  '/api/books?q=zola',
  '/api/books?shelf=reading',
  '/api/books/export',
  '/api/courses?q=a',
  '/api/courses/C1/scores',
  '/api/files?q=a',
  '/api/directory?q=a',
  '/api/groups?q=a',
  '/api/users?q=a',
  '/api/security_events/export',
]

// Of these a long page is a few small rows, or an administrator's.
const notLong = new Set([
  '/api/invitations',
  '/api/openings',
  '/api/policies',
  '/api/ratings/{book_id}',
  '/api/reservations',
  '/api/security_events',
  '/api/webhooks/{id}/deliveries',
])

interface Operation {
  parameters?: { name?: string; $ref?: string }[]
}

const lists = Object.entries(document.paths as Record<string, { get?: Operation }>)
  // Declared types have the same routes each.
  .filter(([path]) => !/^\/api\/(lorries|trucks|runways|launchpads)\b/.test(path))
  .filter(([path, { get }]) => has(get, 'limit') && !notLong.has(path))
  .map(([path, { get }]) => `${path}?limit=200${has(get, 'from') ? `&${month}` : ''}`)

function has(operation: Operation | undefined, parameter: string): boolean {
  const names = operation?.parameters?.map(({ name, $ref }) => name ?? $ref?.split('/').at(-1))
  return names?.some((name) => name?.toLowerCase() === parameter.toLowerCase()) === true
}

/** What an index answers, and would only wait there. */
const small = [
  '{car}',
  `{car}/availability?${hour}`,
  '{car}/allocations',
  '/api/cars',
  '/api/books',
  '/api/files',
]

describeStores('a request', (makeDatabase) => {
  let system: TestSystem
  /** By the name of what is in front of a path's `{id}`. */
  const ids = new Map<string, string>()
  const scans: string[] = []
  beforeAll(async () => {
    system = await startForTest(makeDatabase, { stores: watch(createStores(), scans) })
    const make = async (path: string, body: object) => {
      const answer = await system.send('POST', path, { body })
      expect([path, answer.status]).toEqual([path, 201])
      return (await answer.json()) as { id: string }
    }
    const car = await make('/api/cars', { name: 'A' })
    const span = { from_datetime: '2031-01-01T09:00:00Z', to_datetime: '2031-01-01T10:00:00Z' }
    const booked = await make(`/api/cars/${car.id}/allocations`, span)
    await make('/api/courses', { code: 'C1', name: 'A course', instructor: 'I' })
    const tests = [{ name: 'a', args: [], expected: 1 }]
    const task = { title: 'T', prompt: 'P', language: 'javascript', tests }
    const exercise = await make('/api/courses/C1/exercises', task)
    const group = await make('/api/groups', { name: 'A group' })
    ids.set('cars', car.id).set('resources', car.id).set('allocations', booked.id)
    ids.set('exercises', exercise.id).set('groups', group.id)
  })
  afterAll(() => system.close())

  async function scansOf(path: string): Promise<number> {
    scans.length = 0
    const at = path
      .replace('{car}', '/api/cars/{id}')
      .replace('{resource}', '/api/resources/{id}')
      .replace('{code}', 'C1')
      .replace(/(\w+)\/\{id\}/, (_, name: string) => `${name}/${ids.get(name)}`)
    const answer = await system.send('GET', at)
    expect([path, answer.status]).toEqual([path, 200])
    await answer.text()
    return scans.length
  }

  it.each(large)('for much data is read off the serving thread: %s', async (path) => {
    expect(await scansOf(path)).toBeGreaterThan(0)
  })

  it.each(lists)('for a long page is read there too: %s', async (path) => {
    expect(await scansOf(path)).toBeGreaterThan(0)
  })

  it.each(small)('for little data does not wait: %s', async (path) => {
    expect(await scansOf(path)).toBe(0)
  })
})

/** The same stores, and for whom they were asked to scan. */
function watch(stores: Stores, scans: string[]): Stores {
  const scan = (store: Store) => (whose: string) => {
    scans.push(whose)
    return store.scan(whose)
  }
  const prepare = (store: Store): Store['prepare'] => {
    return (query) => {
      const run = store.prepare(query)
      return (given, whose) => {
        if (whose !== undefined) scans.push(whose)
        return run(given, whose)
      }
    }
  }
  return {
    ...stores,
    open: async (url) => {
      const store = await stores.open(url)
      return { ...store, scan: scan(store), prepare: prepare(store) }
    },
  }
}
