import { expect, it } from 'bun:test'
import { newEpoch } from '../../../shared/event-position.ts'
import type { Change } from '../../../shared/schemas/allocation-history.ts'
import type { Allocation } from '../../../shared/schemas/allocation.ts'
import { changeByHand } from '../../../shared/testing/by-hand.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { at, receive, useInventory } from '../fixture.ts'
import { createRandom } from '../testing/random.ts'
import { hour_ms } from '../../../shared/duration.ts'

describeStores('changes', (makeDatabase) => {
  const { call, add, system } = useInventory(makeDatabase)
  const byHand = (text: string) => changeByHand(system().databaseUrl, text)

  async function readPage(path: string) {
    const page = await call<Change[]>('GET', path, { as: 'member' })
    expect(page.status).toBe(200)
    const next = /<(.*)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1] ?? ''
    return { changes: page.body, next }
  }

  /** What happens during the work. */
  async function watch(work: () => Promise<unknown>): Promise<Change[]> {
    let { next } = await readPage('/api/changes?after=latest&limit=7')
    await work()
    const all: Change[] = []
    for (;;) {
      const page = await readPage(next)
      all.push(...page.changes)
      next = page.next
      if (page.changes.length === 0) return all
    }
  }

  const toSpan = (start: number) => ({
    from_datetime: new Date(start).toISOString(),
    to_datetime: new Date(start + hour_ms).toISOString(),
  })

  it('have actor, former and new values, for everything that can happen to a booking', async () => {
    const car = await add()
    const start = Date.parse(at('08'))
    const as = 'member'
    let one: Allocation | undefined
    const changes = await watch(async () => {
      const body = { ...toSpan(start), hold_for: 'PT1H' }
      one = (await call<Allocation>('POST', `${car}/allocations`, { body, as })).body
      const path = `/api/allocations/${one.id}`
      await call('POST', `${path}/extend`, { body: { hold_for: 'PT2H' }, as })
      await call('POST', `${path}/confirm`, { as })
      const moved = { body: toSpan(start + hour_ms) }
      await call('PATCH', `${car}/allocations/${one.id}`, moved)
      await byHand("UPDATE allocations SET description = 'by hand'")
      await call('POST', `${path}/release`, { as })
    })
    const admin = (await call<{ id: string }>('GET', '/api/users/me')).body.id
    const mine = one?.created_by
    expect(changes.map(({ kind, by }) => [kind, by])).toEqual([
      ['allocation.created', mine],
      ['allocation.extended', mine],
      ['allocation.confirmed', mine],
      ['allocation.moved', admin],
      ['allocation.changed', null],
      ['allocation.released', mine],
    ] as never)
    expect(changes[0]).toMatchObject({ before: null, after: one as never })
    expect(changes.at(-1)?.after).toBeNull()
    // Each begins with what the one before made.
    for (const [place, { before }] of changes.entries()) {
      if (place > 0) expect(before).toEqual(changes[place - 1]?.after as never)
    }
    expect(changes[3]?.after).toMatchObject(toSpan(start + hour_ms))
    expect(changes[4]?.after?.description).toBe('by hand')
    const resources = changes.map(({ resource_type, resource_id }) => [resource_type, resource_id])
    expect(new Set(resources.map(String))).toEqual(new Set([`Car,${car.slice(-36)}`]))
  })

  it('say who changed a resource, and that a hold expired by itself', async () => {
    const admin = (await call<{ id: string }>('GET', '/api/users/me')).body.id
    const changes = await watch(async () => {
      const car = await add()
      await call('PATCH', car, { body: { note: 'x' } })
      const body = { ...toSpan(Date.parse(at('08'))), hold_for: 'PT1S' }
      await call('POST', `${car}/allocations`, { body, as: 'member' })
      await Bun.sleep(1200)
      await call('POST', `${car}/allocations`, { body: toSpan(Date.parse(at('08'))) })
      await call('DELETE', `${car}?allocations=cancel`)
      await call('POST', `/api/resources/${car.slice(-36)}/return`)
    })
    const kinds = changes.map(({ kind, by }) => [kind, by === admin ? 'admin' : by && 'member'])
    // A retired resource ends with a booking of its own, which is moved when it returns.
    expect(kinds).toEqual([
      ['resource.created', null],
      ['resource.changed', 'admin'],
      ['allocation.created', 'member'],
      ['allocation.expired', null],
      ['allocation.created', 'admin'],
      ['resource.decommissioned', 'admin'],
      ['allocation.released', 'admin'],
      ['allocation.moved', 'admin'],
      ['resource.returned', 'admin'],
    ])
  })

  it('lead from the former to the current state, under concurrency', async () => {
    const random = createRandom(11)
    const cars = [await add(), await add()]
    const read = async () => {
      const window = 'from=2027-03-01T00:00:00Z&to=2027-04-01T00:00:00Z&limit=5000'
      const { body } = await call<Allocation[]>('GET', `/api/allocations?${window}`)
      return new Map(body.map((one) => [one.id, one]))
    }
    const state = await read()
    const changes = await watch(async () => {
      for (let wave = 0; wave < 12; wave++) {
        const there = [...(await read()).values()]
        const doing = Array.from({ length: 10 }, async () => {
          const body = toSpan(Date.parse(at('00')) + random.integer(40) * hour_ms)
          const one = random.oneIn(2) ? random.pick(there) : undefined
          if (!one) return call('POST', `${random.pick(cars)}/allocations`, { body, as: 'member' })
          const path = `/api/resources/${one.resource_id}/allocations/${one.id}`
          return random.oneIn(2) ? call('DELETE', path) : call('PATCH', path, { body })
        })
        await Promise.all(doing)
      }
    })
    expect(changes.length).toBeGreaterThan(40)
    for (const { before, after } of changes) {
      const id = (after ?? before)?.id ?? ''
      expect(state.get(id) ?? null).toEqual(before)
      if (after) state.set(id, after)
      else state.delete(id)
    }
    expect(state).toEqual(await read())
    const ids = changes.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('can be followed live, and from a change that was listed', async () => {
    const car = await add()
    const body = toSpan(Date.parse(at('08')))
    const path = `${car}/allocations`
    const { body: one } = await call<Allocation>('POST', path, { body, as: 'member' })
    const [created] = await watch(() => call('PATCH', `${path}/${one.id}`, { body: { dump: {} } }))
    const query = `resource_id=${car.slice(-36)}`
    const headers = { 'last-event-id': created?.id ?? '' }
    const stream = await system().send('GET', `/api/changes/events?${query}`, { headers })
    const received = receive(stream, 1)
    await call('DELETE', `${path}/${one.id}`, { as: 'member' })
    const [event] = await received
    expect(event).toMatchObject({ event: 'allocation.released' })
    expect(event?.data as unknown).toMatchObject({ by: one.created_by, before: one, after: null })
    const listed = (await readPage(`/api/changes?after=${created?.id}`)).changes
    expect(listed.map(({ id }) => id)).toEqual([event?.id as never])
  })

  it('begin with the oldest one, and are refused from an unknown position', async () => {
    const oldest = await readPage('/api/changes?limit=1')
    const wrong = async (after: string) => {
      const path = `/api/changes?after=${after}`
      const { status, body } = await call<{ code: string }>('GET', path, { as: 'member' })
      return [status, body.code]
    }
    expect(oldest.changes).toHaveLength(1)
    expect(await wrong('nonsense')).toEqual([400, 'cursor_invalid'])
    expect((await call('GET', '/api/changes', { as: null })).status).toBe(401)
    const last = oldest.changes[0]?.id ?? ''
    await byHand(newEpoch)
    expect(await wrong(last)).toEqual([410, 'changes_gone'])
    expect((await readPage('/api/changes?limit=1')).changes[0]?.id).not.toBe(last)
  })
})
