import { afterAll, beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import { createStores, type Stores } from '../shared/store/open.ts'
import type { Store } from '../shared/store/store.ts'
import { describeStores } from '../shared/testing/describe-stores.ts'
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
  '{car}/allocations?limit=200',
  `/api/cars/availability?${month}`,
  '/api/cars?limit=200',
  `/api/allocations?${month}`,
  '{resource}/history',
  '/api/openings?type=Car&duration=PT1H',
  '/api/waitlist',
  '/api/bookings',
  '/api/handovers',
  `/api/bookings/utilisation?by=resource&${month}`,
  '/api/books?q=zola',
  '/api/books?shelf=reading',
  '/api/books?limit=200',
  '/api/books/export',
  '/api/courses/C1/scores',
  '/api/files?q=a',
  '/api/files?limit=200',
  '/api/directory?q=a',
  '/api/security_events/export',
]
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
  let car = ''
  const scans: string[] = []
  beforeAll(async () => {
    system = await startForTest(makeDatabase, { stores: watch(createStores(), scans) })
    const made = await system.send('POST', '/api/cars', { body: { name: 'A' } })
    car = made.headers.get('location') ?? ''
    const course = { code: 'C1', name: 'A course', instructor: 'I' }
    expect((await system.send('POST', '/api/courses', { body: course })).status).toBe(201)
  })
  afterAll(() => system.close())

  async function scansOf(path: string): Promise<number> {
    scans.length = 0
    const resource = `/api/resources/${car.split('/').at(-1)}`
    const at = path.replace('{car}', car).replace('{resource}', resource)
    const answer = await system.send('GET', at)
    expect([path, answer.status]).toEqual([path, 200])
    await answer.text()
    return scans.length
  }

  it.each(large)('for much is read beside serving: %s', async (path) => {
    expect(await scansOf(path)).toBeGreaterThan(0)
  })

  it.each(small)('for little waits for nobody: %s', async (path) => {
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
