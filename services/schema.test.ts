import { expect, it, onTestFinished, setDefaultTimeout } from 'bun:test'
import { sql } from 'drizzle-orm'
import { createStores } from '@campus/store/open.ts'
import { changeByHand } from '../shared/testing/by-hand.ts'
import { waitUntil } from '../scripts/harness/wait.ts'
import { describeStores, type MakeDatabase } from '../shared/testing/describe-stores.ts'
import { startForTest, type TestSystem } from './testing/system.ts'

setDefaultTimeout(60_000)

const span = (day: number) => ({
  from_datetime: `2030-01-${String(day).padStart(2, '0')}T09:00:00Z`,
  to_datetime: `2030-01-${String(day).padStart(2, '0')}T10:00:00Z`,
})

describeStores('a schema changed by hand at run time', (makeDatabase) => {
  it('accepts no booking while the rule against overlaps is missing', async () => {
    const { system, car, change, book } = await start(makeDatabase)
    expect(await book(car, 1)).toEqual([201, undefined])
    const rule = await readRule(system)
    await change(rule.drop)
    expect(await book(car, 1)).toEqual([503, 'schema_changed'])
    expect(await book(car, 2)).toEqual([503, 'schema_changed'])

    const ready = await system.send('GET', '/readyz')
    expect(ready.status).toBe(503)
    expect(await ready.json()).toMatchObject({ checks: { 'inventory: schema': 'failed' } })
    expect(system.logged()).toMatch(/allocation_overlap\S* is missing/)
    // Everything that writes there, not only what the rule is about; and reading goes on.
    const add = await system.send('POST', '/api/cars', { body: { name: 'another' } })
    expect(add.status).toBe(503)
    expect((await system.send('GET', car)).status).toBe(200)

    await change(rule.make)
    expect((await system.send('GET', '/readyz')).status).toBe(200)
    expect(await book(car, 2)).toEqual([201, undefined])
    expect(await book(car, 2)).toEqual([409, 'allocation_overlap'])
  })

  it('detects a rule with the same name and another text', async () => {
    const { system, car, change, book } = await start(makeDatabase)
    const rule = await readRule(system)
    await change(rule.drop)
    await change(rule.weaken)
    expect((await system.send('GET', '/readyz')).status).toBe(503)
    expect(await book(car, 1)).toEqual([503, 'schema_changed'])
    expect(system.logged()).toMatch(/allocation_overlap\S* is not as its migration made it/)
  })

  it("covers what affects writes, but not an operator's indexes", async () => {
    const { system, car, change, book } = await start(makeDatabase)
    await change('CREATE INDEX by_author ON allocations (created_by)')
    await change('CREATE TABLE notes (id integer PRIMARY KEY)')
    expect((await system.send('GET', '/readyz')).status).toBe(200)
    expect(await book(car, 1)).toEqual([201, undefined])
    await change('CREATE UNIQUE INDEX one_each ON allocations (created_by)')
    // What was found is shared for two seconds.
    await waitUntil(
      'it is not ready',
      async () => (await system.send('GET', '/readyz')).status === 503,
    )
    expect(await book(car, 3)).toEqual([503, 'schema_changed'])
  })

  it('is checked without a request', async () => {
    const { system, change } = await start(makeDatabase)
    system.startTasks()
    await change('DROP INDEX idempotency_keys_by_age')
    const giveUp = Date.now() + 20_000
    while (!system.logged().includes('idempotency_keys_by_age is missing')) {
      if (Date.now() > giveUp) throw new Error('nobody noticed')
      await Bun.sleep(50)
    }
  })
})

async function start(makeDatabase: MakeDatabase) {
  const system = await startForTest(makeDatabase)
  onTestFinished(system.close)
  const made = await system.send('POST', '/api/cars', { body: { name: 'a car' } })
  const car = made.headers.get('location') ?? ''
  return {
    system,
    car,
    change: (text: string) => changeByHand(system.databaseUrl, text),
    book: (path: string, day: number) => book(system, path, day),
  }
}

async function book(system: TestSystem, car: string, day: number) {
  const answer = await system.send('POST', `${car}/allocations`, { body: span(day) })
  const { code } = (await answer.json()) as { code?: string }
  return [answer.status, code]
}

/** How to take the rule away, to put it back, and to put another one in its place. */
async function readRule({ databaseUrl }: TestSystem) {
  if (databaseUrl.startsWith('postgres')) {
    const make = (rule: string) =>
      `ALTER TABLE allocations ADD CONSTRAINT allocation_overlap EXCLUDE USING gist (${rule})`
    return {
      drop: 'ALTER TABLE allocations DROP CONSTRAINT allocation_overlap',
      make: make('resource_number WITH =, tstzrange(from_datetime, to_datetime) WITH &&'),
      weaken: make('resource_number WITH =, tstzrange(from_datetime, from_datetime) WITH &&'),
    }
  }
  const name = 'allocation_overlap_on_insert'
  const stores = createStores()
  const store = await stores.open(databaseUrl)
  const [row] = await store.rows<{ sql: string }>(
    sql`SELECT sql FROM sqlite_schema WHERE name = ${name}`,
  )
  await stores.close()
  const make = row?.sql ?? ''
  return { drop: `DROP TRIGGER ${name}`, make, weaken: make.replace('< NEW.to', '<= NEW.from') }
}
