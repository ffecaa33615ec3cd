import { Database } from 'bun:sqlite'
import { expect, it, setDefaultTimeout } from 'bun:test'
import type { Allocation } from '../../shared/schemas/allocation.ts'
import type { AllocatedBundle } from '../../shared/schemas/allocation-bundle.ts'
import type { Problem } from '../../shared/schemas/problem.ts'
import { changeByHand } from '../../shared/testing/by-hand.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { at, useInventory } from './fixture.ts'
import { openSqlSession } from './testing/open-sql-session.ts'

setDefaultTimeout(60_000)

function readRule(file: string, name: string): string[] {
  using database = new Database(file, { readonly: true })
  return database
    .query<{ sql: string }, [string]>('SELECT sql FROM sqlite_schema WHERE name = ?')
    .all(name)
    .map(({ sql }) => sql)
}

describeStores('holds', (makeDatabase) => {
  const { call, add, book, audit, system } = useInventory(makeDatabase)
  const nine = { from_datetime: at('09'), to_datetime: at('10') }
  const quarter = { ...nine, hold_for: 'PT15M' }

  type Answer = Allocation & Omit<Problem, 'status'>
  const hold = (car: string, { as = 'member', body = quarter as object } = {}) =>
    call<Answer>('POST', `${car}/allocations`, { as, body })
  const act = (does: string, { id }: { id: string }, options: object = {}) =>
    call<Answer>('POST', `/api/allocations/${id}/${does}`, { as: 'member', ...options })
  const list = async (car: string) => (await call<Allocation[]>('GET', `${car}/allocations`)).body

  /** Ends holds by hand, as if their time had passed. */
  const end = ({ id }: { id: string }) => {
    const isSqlite = system().databaseUrl.startsWith('sqlite:')
    return changeByHand(
      system().databaseUrl,
      isSqlite
        ? `UPDATE allocations SET held_until = 1 WHERE id = unhex('${id}', '-')`
        : `UPDATE allocations SET held_until = '1970-01-02' WHERE id = '${id}'`,
    )
  }

  it('block others, and become a booking when confirmed, once or twice', async () => {
    const car = await add()
    const { status, body } = await hold(car)
    expect([status, body.status]).toEqual([201, 'held'])
    const left = Date.parse(body.held_until ?? '') - Date.now()
    expect(left).toBeGreaterThan(13 * 60_000)
    expect(left).toBeLessThanOrEqual(15 * 60_000)
    expect((await book(car, at('09:30'), at('11'))).status).toBe(409)
    const confirmed = await act('confirm', body)
    expect(confirmed.status).toBe(200)
    expect(confirmed.headers.get('etag')).toStartWith('"v2-')
    expect(confirmed.body).toEqual({ ...body, status: 'confirmed', held_until: null })
    expect((await act('confirm', body)).body).toEqual(confirmed.body)
    expect(await list(car)).toEqual([confirmed.body])
  })

  // expired_hold_counted, sweeper_forgotten
  it('that have ended are in no response and block nothing, even before pruning', async () => {
    const car = await add()
    const { body } = await hold(car)
    await end(body)
    const { allocations, blocking_holds } = await audit()
    expect(blocking_holds).toBe(0)
    expect(await list(car)).toEqual([])
    expect((await call('GET', `${car}/allocations/${body.id}`)).status).toBe(404)
    for (const does of ['confirm', 'release']) expect((await act(does, body)).status).toBe(404)
    expect((await act('extend', body, { body: { hold_for: 'PT1H' } })).status).toBe(404)
    const window = `from=${at('08')}&to=${at('12')}`
    const all = await call<Allocation[]>('GET', `/api/allocations?${window}&status=held`)
    expect(all.body.map(({ id }) => id)).not.toContain(body.id)
    const free = await call<{ busy: object[] }>('GET', `${car}/availability?${window}`)
    expect(free.body.busy).toEqual([])
    const cars = await call<{ id: string }[]>('GET', `/api/cars/availability?${window}&limit=200`)
    expect(cars.body.map(({ id }) => id)).toContain(car.slice(-36))
    const won = await book(car, at('09:30'), at('11'))
    expect(won.status).toBe(201)
    expect(await list(car)).toEqual([won.body])
    expect((await audit()).allocations).toBe(allocations + 1)
  })

  it('that have ended give way to moves, bundles, SQL by hand, retirement', async () => {
    const cars = [await add(), await add(), await add(), await add()] as const
    const held = await Promise.all(cars.map((car) => hold(car)))
    const later = (await book(cars[0], at('12'), at('13'))).body
    for (const { body } of held) await end(body)
    const move = { body: { from_datetime: at('09'), to_datetime: at('10') } }
    expect((await call('PATCH', `${cars[0]}/allocations/${later.id}`, move)).status).toBe(200)
    const bundle = { items: [{ resource_id: cars[1].slice(-36) }], ...nine }
    expect((await call('POST', '/api/allocations', { body: bundle })).status).toBe(201)
    const session = openSqlSession(system().databaseUrl)
    const span = { from: Date.parse(at('09')), to: Date.parse(at('10')) }
    const row = { id: Bun.randomUUIDv7(), resource_id: cars[2].slice(-36), span }
    expect(await session.insert(row)).toBe('done')
    await session.close()
    expect((await call('DELETE', cars[3])).status).toBe(204)
    const { overlaps, blocking_holds } = await audit()
    expect([overlaps, blocking_holds]).toEqual([0, 0])
  })

  it('count as blocking if the trigger that removes them is dropped', async () => {
    const { body } = await hold(await add())
    await end(body)
    const isSqlite = system().databaseUrl.startsWith('sqlite:')
    const name = isSqlite ? 'allocation_overlap_on_update' : 'allocation_remove_ended_holds'
    const [rule] = isSqlite ? readRule(system().databaseUrl.slice('sqlite:'.length), name) : []
    await changeByHand(
      system().databaseUrl,
      isSqlite ? `DROP TRIGGER ${name}` : `ALTER TABLE allocations DISABLE TRIGGER ${name}`,
    )
    expect((await audit()).blocking_holds).toBeGreaterThan(0)
    await changeByHand(
      system().databaseUrl,
      isSqlite ? (rule ?? '') : `ALTER TABLE allocations ENABLE TRIGGER ${name}`,
    )
    expect((await audit()).blocking_holds).toBe(0)
  })

  // own_hold_blocks_me
  it('are shown to their holder as their own, to others anonymously', async () => {
    const car = await add()
    const { body } = await hold(car)
    const own = await hold(car, { body: nine })
    expect(own.status).toBe(409)
    expect(own.body).toMatchObject({
      conflicts: [{ id: body.id, status: 'held', mine: true }],
      detail: expect.stringContaining('You hold it'),
    })
    const other = await hold(car, { as: 'another', body: nine })
    expect(other.body).toMatchObject({ conflicts: [{ id: body.id, status: 'held', mine: false }] })
    expect(other.body.detail).not.toContain('You hold')
    // And never stand in the way of themselves.
    const longer = { as: 'member', body: { to_datetime: at('11') } }
    expect((await call('PATCH', `${car}/allocations/${body.id}`, longer)).status).toBe(200)
  })

  it('are confirmed, extended and released by their holder and administrators only', async () => {
    const car = await add()
    const { body } = await hold(car)
    const more = { body: { hold_for: 'PT2H' } }
    for (const does of ['confirm', 'extend', 'release']) {
      const options = { as: 'another', ...(does === 'extend' && more) }
      expect([does, (await act(does, body, options)).status]).toEqual([does, 403])
    }
    const stale = { headers: { 'if-match': '"v7"' } }
    expect((await act('confirm', body, stale)).status).toBe(412)
    const longer = await act('extend', body, more)
    expect(longer.status).toBe(200)
    const left = Date.parse(longer.body.held_until ?? '') - Date.now()
    expect(left).toBeGreaterThan(115 * 60_000)
    expect((await act('confirm', body, { as: 'admin' })).status).toBe(200)
    expect((await act('extend', body, more)).body).toMatchObject({ code: 'not_held' })
    expect((await act('release', body)).status).toBe(204)
    expect(await list(car)).toEqual([])
    expect((await act('release', body)).status).toBe(404)
  })

  it('last up to a day from their creation', async () => {
    const car = await add()
    for (const hold_for of ['PT0S', 'PT', 'P1D', '15m', 'PT24H1S', 'PT1441M']) {
      const code = /PT(24H|1441)/.test(hold_for) ? 'hold_too_long' : 'invalid_input'
      const { status, body } = await hold(car, { body: { ...nine, hold_for } })
      expect([hold_for, status, body]).toMatchObject([hold_for, 422, { code }])
    }
    const { body } = await hold(car, { body: { ...nine, hold_for: 'PT24H' } })
    const more = await act('extend', body, { body: { hold_for: 'PT24H' } })
    expect([more.status, more.body.code]).toEqual([422, 'hold_too_long'])
  })

  it('are also made for bundles, and for any of a type', async () => {
    const car = await add()
    const items = [{ resource_id: car.slice(-36) }, { type: 'Car' }]
    const body = { items, ...nine, hold_for: 'PT5M' }
    const answer = await call<AllocatedBundle>('POST', '/api/allocations', { as: 'member', body })
    expect(answer.body.allocations.map(({ status }) => status)).toEqual(['held', 'held'])
    for (const one of answer.body.allocations) {
      expect((await act('confirm', one)).status).toBe(200)
    }
  })

  it('that have ended are replaced by exactly one of 50 requests', async () => {
    const car = await add()
    const { body } = await hold(car)
    await end(body)
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, who) =>
        who % 2 ? hold(car, { body: nine }) : hold(car, { as: 'admin' }),
      ),
    )
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(49)
    expect((await audit()).overlaps).toBe(0)
  })
})
