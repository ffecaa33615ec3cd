import { afterAll, beforeAll, expect, it } from 'bun:test'
import { describeStores, type TestDatabase } from '../../shared/testing/describe-stores.ts'
import { startForTest, type TestSystem } from '../testing/system.ts'
import { hour_ms } from '../../shared/duration.ts'

// Which of two comes first is chance; so often, each way is taken.
const rounds = 60
const start = Date.parse('2031-01-01T00:00:00Z')

describeStores('two replicas on one database', (makeDatabase) => {
  let database: TestDatabase
  let replicas: TestSystem[]
  let path: string

  beforeAll(async () => {
    database = await makeDatabase({ migrated: true })
    const share = async () => ({ url: database.url, remove: async () => {} })
    replicas = [await startForTest(share), await startForTest(share)]
    const made = await replicas[0]?.send('POST', '/api/cars', { body: { name: 'A' } })
    path = `${made?.headers.get('location')}/allocations`
  }, 30_000)

  afterAll(async () => {
    for (const replica of replicas) await replica.close()
    await database.remove()
  })

  /** The same key to both at once, each with an hour of its own or both with the same. */
  async function bookWithOneKey(hours: [number, number], round: number): Promise<Response[]> {
    const headers = { 'idempotency-key': `key-${hours[0]}-${hours[1]}-${round}` }
    const toText = (hour: number) => new Date(start + hour * hour_ms).toISOString()
    return Promise.all(
      replicas.map((replica, at) => {
        const hour = 2 * round + (hours[at] ?? 0)
        const body = { from_datetime: toText(hour), to_datetime: toText(hour + 1) }
        return replica.send('POST', path, { body, headers })
      }),
    )
  }

  it('give the booking to one of two requests with one key, and refuse the other', async () => {
    for (let round = 0; round < rounds; round++) {
      const answers = await bookWithOneKey([0, 1], round)
      expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 422])
    }
  })

  it('create one booking for a request sent to both', async () => {
    const later = 10_000
    for (let round = 0; round < rounds; round++) {
      const answers = await bookWithOneKey([later, later], round)
      expect(answers.map(({ status }) => status)).toEqual([201, 201])
      const ids = (await Promise.all(answers.map((answer) => answer.json()))).map(toId)
      expect(new Set(ids).size).toBe(1)
      const replayed = answers.filter(({ headers }) => headers.has('idempotent-replayed'))
      expect(replayed).toHaveLength(1)
    }
  })
})

function toId(allocation: unknown): unknown {
  return (allocation as { id: string }).id
}
