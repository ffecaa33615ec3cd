import { expect, it, setDefaultTimeout } from 'bun:test'
import type { AllocatedBundle } from '../../shared/schemas/allocation-bundle.ts'
import type { AllocationVersion } from '../../shared/schemas/allocation-history.ts'
import type { Allocation } from '../../shared/schemas/allocation.ts'
import type { Problem } from '../../shared/schemas/problem.ts'
import type { ResourceType } from '../../shared/schemas/resource-type.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import type { WithdrawalPlan } from '../../shared/schemas/withdrawal.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { at, useInventory } from './fixture.ts'
import { minute_ms } from '../../shared/duration.ts'

setDefaultTimeout(60_000)

const ago = (minutes: number) => new Date(Date.now() - minutes * minute_ms).toISOString()

describeStores('buffers', (makeDatabase) => {
  const { call, add, book, audit } = useInventory(makeDatabase)
  const buffers = { buffer_before_seconds: 1800, buffer_after_seconds: 900 }
  const span = (from: string, to: string) => ({ from_datetime: at(from), to_datetime: at(to) })

  let made = 0
  /** A type of its own, with so many resources. */
  async function addType(count: number, kept: object = buffers) {
    const body = { name: `Kept ${++made}`, ...kept }
    const { body: type } = await call<ResourceType>('POST', '/api/resource_types', { body })
    const resources = await Promise.all(
      Array.from({ length: count }, async (_, at) => {
        const one = { resource_type: type.name, name: `No. ${at}` }
        return (await call<Resource>('POST', '/api/resources', { body: one })).body
      }),
    )
    return { type, paths: resources.map(({ id }) => `/api/resources/${id}`) }
  }

  it('do not extend past bookings: for members, and for withdrawals', async () => {
    const car = await add()
    await call('PATCH', car, { body: { ...buffers, buffer_after_seconds: 3600 } })
    const body = { from_datetime: ago(60), to_datetime: ago(10) }
    const as = 'member'
    const { body: over } = await call<Allocation>('POST', `${car}/allocations`, { as, body })
    const path = `${car}/allocations/${over.id}`
    const release = await call<Problem>('DELETE', path, { as })
    const change = await call<Problem>('PATCH', path, { as, body: { description: 'x' } })
    expect([release.body.code, change.body.code]).toEqual(['allocation_over', 'allocation_over'])

    const running = await add()
    await call('PATCH', running, { body: buffers })
    await book(running, ago(10), ago(-10))
    const inUse = await call<Problem & { allocations: number }>('DELETE', running)
    expect([inUse.status, inUse.body.allocations]).toEqual([409, 1])

    expect((await call('DELETE', car)).status).toBe(204)
    const history = await call<AllocationVersion[]>('GET', `/api/allocations/${over.id}/history`)
    const spans = history.body.map(({ allocation }) => allocation.to_datetime)
    expect(spans).toEqual([over.to_datetime, over.to_datetime])
    expect(await audit()).toMatchObject({ overlaps: 0 })
  })

  it('move with a booking to another car in a withdrawal', async () => {
    const { type, paths } = await addType(3)
    const [from = '', close = '', free = ''] = paths
    const { body: moved } = await book(from, at('10'), at('11'))
    await book(close, at('11'), at('12'))
    const nothing = { buffer_before_seconds: 0, buffer_after_seconds: 0 }
    await call('PATCH', `/api/resource_types/${type.id}`, { body: nothing })
    const body = span('00', '23')
    const dry = await call<WithdrawalPlan>('POST', `${from}/withdrawal`, { body })
    expect(dry.body.moves).toEqual([{ allocation: moved.id, to: free.slice(-36) }])
    const headers = { 'if-match': `"${dry.body.plan}"` }
    expect((await call('POST', `${from}/withdrawal`, { body, headers })).status).toBe(200)
    const there = await call<Allocation[]>('GET', `${free}/allocations`)
    expect(there.body).toMatchObject([
      { id: moved.id, busy_from: at('09:30'), busy_to: at('11:15') },
    ])
  })

  it('are part of the history', async () => {
    const [path = ''] = (await addType(1)).paths
    const { body: one } = await book(path, at('10'), at('11'))
    await Bun.sleep(5)
    const moment = new Date().toISOString()
    await Bun.sleep(5)
    await call('DELETE', `${path}/allocations/${one.id}`)
    const board = async (from: string, to: string) => {
      const query = `resource_id=${path.slice(-36)}&as_of=${moment}&from=${at(from)}&to=${at(to)}`
      return (await call<Allocation[]>('GET', `/api/allocations?${query}`)).body
    }
    expect(await board('09', '10')).toEqual([])
    expect(await board('10', '11')).toMatchObject([{ ...span('10', '11'), busy_from: at('09:30') }])
  })

  it('decide between many requests for any of a type', async () => {
    const { type, paths } = await addType(3)
    for (const path of paths.slice(0, 2)) await book(path, at('11'), at('12'))
    const ask = async () => {
      const body = { items: [{ type: type.name }], ...span('10', '11') }
      return call<AllocatedBundle>('POST', '/api/allocations', { body })
    }
    const answers = await Promise.all(Array.from({ length: 20 }, ask))
    const won = answers.filter(({ status }) => status === 201)
    expect(won.map(({ body }) => body.allocations[0]?.resource_id)).toEqual([paths[2]?.slice(-36)])
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201, 409]))
  })

  it('change concurrently with bookings, which keep the old or the new', async () => {
    const { type, paths } = await addType(4)
    const statuses: number[] = []
    let isOver = false
    async function change() {
      for (let turn = 0; turn < 30; turn++) {
        const body = turn % 2 ? buffers : { buffer_before_seconds: 600, buffer_after_seconds: 0 }
        statuses.push((await call('PATCH', `/api/resource_types/${type.id}`, { body })).status)
      }
      isOver = true
    }
    async function hammer(path: string) {
      for (let hour = 0; !isOver || hour < 30; hour++) {
        const from = Date.parse(at('00')) + hour * 120 * minute_ms
        const [begin, end] = [from, from + 60 * minute_ms].map((time) =>
          new Date(time).toISOString(),
        )
        statuses.push((await book(path, begin ?? '', end ?? '')).status)
        const body = { items: [{ type: type.name }], from_datetime: begin, to_datetime: end }
        statuses.push((await call('POST', '/api/allocations', { body })).status)
      }
    }
    await Promise.all([change(), ...paths.map(hammer)])
    expect(statuses.filter((status) => ![200, 201, 409].includes(status))).toEqual([])
    for (const path of paths) {
      const { body } = await call<Allocation[]>('GET', `${path}/allocations?limit=200`)
      const kept = body.map(({ from_datetime, busy_from }) => {
        return (Date.parse(from_datetime ?? '') - Date.parse(busy_from ?? '')) / 1000
      })
      expect(kept.filter((seconds) => seconds !== 1800 && seconds !== 600)).toEqual([])
      expect(body.length).toBeGreaterThan(20)
    }
    expect(await audit()).toMatchObject({ overlaps: 0, waiters_passed_over: 0 })
  })
})
