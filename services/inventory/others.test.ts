import { Database } from 'bun:sqlite'
import { expect, it, setDefaultTimeout } from 'bun:test'
import postgres from 'postgres'
import type { Allocation } from '../../shared/schemas/allocation.ts'
import type { Problem } from '../../shared/schemas/problem.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { at, useInventory } from './fixture.ts'

setDefaultTimeout(30_000)

describeStores('bookings of several people', (makeDatabase) => {
  const { call, add, system } = useInventory(makeDatabase)
  const nine = { from_datetime: at('09'), to_datetime: at('10') }

  async function bookAs(as: string, car: string, options: { key?: string; body?: object } = {}) {
    const { key, body = nine } = options
    const answer = await call<Allocation & Omit<Problem, 'status'>>('POST', `${car}/allocations`, {
      as,
      body,
      headers: key ? { 'idempotency-key': key } : {},
    })
    return { ...answer, path: `${car}/allocations/${answer.body.id}` }
  }

  it('are moved and released by their owners and administrators', async () => {
    const { path, body } = await bookAs('owner', await add())
    for (const change of [{ to_datetime: at('11') }, { description: 'mine' }]) {
      const { status } = await call('PATCH', path, { as: 'another', body: change })
      expect(status).toBe(403)
    }
    expect((await call('DELETE', path, { as: 'another' })).status).toBe(403)
    expect((await call('GET', path, { as: 'another' })).body).toEqual(body)
    const described = { as: 'owner', body: { description: 'mine' } }
    expect((await call('PATCH', path, described)).status).toBe(200)
    expect((await call('PATCH', path, { body: { description: 'ours' } })).status).toBe(200)
    expect((await call('DELETE', path, { as: 'owner' })).status).toBe(204)
  })

  it('are separate if two members chose the same idempotency key', async () => {
    const car = await add()
    const key = 'the-same'
    const first = await bookAs('owner', car, { key })
    const body = { from_datetime: at('11'), to_datetime: at('12') }
    const second = await bookAs('another', car, { key, body })
    expect([first.status, second.status]).toEqual([201, 201])
    expect(second.body.id).not.toBe(first.body.id)
    expect(second.headers.has('idempotent-replayed')).toBe(false)
    // The very same request of another member is no repeat either: it comes too late.
    expect((await bookAs('another', car, { key: 'one-more' })).status).toBe(409)
    expect((await bookAs('a-third', car, { key })).status).toBe(409)
  })

  it('are refused if a member used one key for two resources', async () => {
    const [car, other] = [await add(), await add()]
    const key = 'for-two-resources'
    expect((await bookAs('owner', car, { key })).status).toBe(201)
    const { status, body } = await bookAs('owner', other, { key })
    expect({ status, code: body.code }).toEqual({ status: 422, code: 'idempotency_key_reused' })
    expect((await call('GET', `${other}/allocations`)).body).toEqual([])
  })

  it('are released once, however many have read them', async () => {
    const { path, body } = await bookAs('owner', await add())
    const letGo = await hold(system().databaseUrl, body.id)
    const answers = Promise.all([1, 2].map(() => call('DELETE', path, { as: 'owner' })))
    await Bun.sleep(reading_ms)
    await letGo()
    expect((await answers).map(({ status }) => status).toSorted()).toEqual([204, 404])
  })

  it('are not released if they changed since they were read', async () => {
    const { path, body } = await bookAs('owner', await add())
    const headers = { 'if-match': (await call('GET', path)).headers.get('etag') ?? '' }
    const letGo = await hold(system().databaseUrl, body.id)
    // By an administrator, whose day is not counted: a commit less, so that it comes first.
    const change = call('PATCH', path, { body: { description: 'changed' } })
    await Bun.sleep(reading_ms)
    const release = call('DELETE', path, { as: 'owner', headers })
    await Bun.sleep(reading_ms)
    await letGo()
    expect((await change).status).toBe(200)
    expect((await release).status).toBe(412)
    expect((await call('GET', path)).body).toMatchObject({ description: 'changed' })
  })
})

// In which a request has read what it is about to change.
const reading_ms = 500

/** Somebody at the database who keeps a booking from being changed for a while. */
async function hold(url: string, id: string): Promise<() => Promise<void>> {
  if (url.startsWith('sqlite:')) {
    const database = new Database(url.slice('sqlite:'.length))
    database.run('BEGIN IMMEDIATE')
    return async () => {
      database.run('ROLLBACK')
      database.close()
    }
  }
  const sql = postgres(url, { max: 1 })
  await sql`BEGIN`
  await sql`SELECT 1 FROM allocations WHERE id = ${id} FOR UPDATE`
  return async () => {
    await sql`ROLLBACK`
    await sql.end()
  }
}
