import { expect, it, setDefaultTimeout } from 'bun:test'
import type { AllocatedBundle } from '../../shared/schemas/allocation-bundle.ts'
import { jsonBytesMax } from '../../shared/schemas/primitive.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { at, useInventory } from './fixture.ts'

setDefaultTimeout(60_000)

describeStores('the cost of a bundle', (makeDatabase) => {
  const { call, add } = useInventory(makeDatabase)

  function take(body: object, headers: Record<string, string> = {}) {
    const span = { from_datetime: at('09'), to_datetime: at('10') }
    const options = { as: 'member', headers, body: { ...span, ...body } }
    return call<AllocatedBundle>('POST', '/api/allocations', options)
  }

  // A hundred copies of all of it were sorted on the disk, until the database gave up.
  it('is small even at the limits', async () => {
    await Promise.all(Array.from({ length: 110 }, () => add('lorries')))
    const dump = { a: 'x'.repeat(jsonBytesMax - 8) }
    const body = { items: [{ type: 'Lorry', count: 100 }], dump }
    const first = await take(body, { 'idempotency-key': 'a-hundred' })
    expect(first.status).toBe(201)
    expect(first.body.allocations).toHaveLength(100)
    for (const one of first.body.allocations) expect(one.dump).toEqual(dump)
    const again = await take(body, { 'idempotency-key': 'a-hundred' })
    expect(again.body).toEqual(first.body)
  })

  // A hundred searches at once kept everybody else waiting for all of them.
  it('does not delay others, however large the search', async () => {
    let turns = 0
    let isAnswered = false
    const count = () => {
      turns++
      if (!isAnswered) setImmediate(count)
    }
    count()
    const items = Array.from({ length: 100 }, () => ({ type: 'Lorry', where: 'seats=77' }))
    const { status, body } = await take({ items })
    isAnswered = true
    expect([status, body]).toMatchObject([409, { code: 'not_all_free' }])
    expect(turns).toBeGreaterThan(100)
  })

  it('includes finding the only one that fits among many', async () => {
    await Promise.all(Array.from({ length: 300 }, () => add('trucks')))
    const one = { name: 'The one', properties: { seats: 9 } }
    const { body: truck } = await call<{ id: string }>('POST', '/api/trucks', { body: one })
    for (const hour of ['11', '12', '13', '14']) {
      const span = { from_datetime: at(hour), to_datetime: at(`${hour}:30`) }
      const { body } = await take({ items: [{ type: 'Truck', where: 'seats=9' }], ...span })
      expect(body.allocations.map(({ resource_id }) => resource_id)).toEqual([truck.id])
    }
    const more = await take({ items: [{ type: 'Truck', where: 'seats=9', count: 2 }] })
    expect(more.status).toBe(409)
  })
})
