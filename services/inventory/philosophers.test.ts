import { expect, it, setDefaultTimeout } from 'bun:test'
import type { Allocation, Audit } from '../../shared/schemas/allocation.ts'
import type { AllocatedBundle } from '../../shared/schemas/allocation-bundle.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { startForTest } from '../testing/system.ts'
import { openSqlSession } from './testing/open-sql-session.ts'

setDefaultTimeout(120_000)

const forks = 8
const callers = 64
const rounds = 3
// So few that nearly everybody meets somebody.
const hours = 4

describeStores('dining philosophers at two replicas', (makeDatabase) => {
  it('never hold one fork alone, and leave no trace when they lose', async () => {
    const database = await makeDatabase({ migrated: true })
    const open = () => startForTest(async () => ({ url: database.url, remove: async () => {} }))
    const systems = [await open(), await open()] as const
    const table = await Promise.all(
      Array.from({ length: forks }, async (_, at) => {
        const made = await systems[0].send('POST', '/api/cars', { body: { name: `fork ${at}` } })
        return ((await made.json()) as { id: string }).id
      }),
    )
    const statuses: number[] = []

    async function dine(who: number): Promise<number> {
      const system = systems[who % 2 === 0 ? 0 : 1]
      let meals = 0
      for (let round = 0; round < rounds; round++) {
        const hour = String((who + round) % hours).padStart(2, '0')
        const span = {
          from_datetime: `2031-01-01T${hour}:00:00Z`,
          to_datetime: `2031-01-01T${hour}:59:00Z`,
        }
        // Left and right hand first in turn: the worst order there is.
        const both = [table[who % forks], table[(who + 1) % forks]]
        const ids = round % 2 === 0 ? both : both.toReversed()
        const items = ids.map((resource_id) => ({ resource_id }))
        const body = { items, ...span, reference: `${who} in ${round}` }
        const answer = await system.send('POST', '/api/allocations', { body })
        statuses.push(answer.status)
        if (answer.status !== 201) continue
        meals++
        const { allocations } = (await answer.json()) as AllocatedBundle
        if (who % 3 === 0) continue
        for (const { id } of allocations) {
          await system.send('POST', `/api/allocations/${id}/release`)
        }
      }
      return meals
    }

    const meals = await Promise.all(Array.from({ length: callers }, (_, who) => dine(who)))
    const eaten = meals.reduce((sum, count) => sum + count, 0)
    expect(eaten).toBeGreaterThan(0)
    expect(statuses.filter((status) => status !== 201 && status !== 409)).toEqual([])
    const window = 'from=2031-01-01T00:00:00Z&to=2031-01-02T00:00:00Z&limit=1000'
    const list = await systems[0].send('GET', `/api/allocations?${window}`)
    const left = Map.groupBy((await list.json()) as Allocation[], ({ reference }) => reference)
    expect([...left.values()].filter((pair) => pair.length !== 2)).toEqual([])
    const audit = (await (await systems[0].send('GET', '/api/allocations/audit')).json()) as Audit
    expect(audit).toMatchObject({ overlaps: 0, blocking_holds: 0, constraint: true })
    const session = openSqlSession(systems[0].databaseUrl)
    const told = (await session.dump()).split('allocation.created').length - 1
    expect(told).toBe(2 * eaten)
    await session.close()
    for (const system of systems) await system.close()
    await database.remove()
  })
})
