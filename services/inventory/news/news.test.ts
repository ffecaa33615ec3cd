import { expect, it } from 'bun:test'
import type { InventoryEvents } from '../../../shared/schemas/inventory-event.ts'
import { changeByHand } from '../../../shared/testing/by-hand.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { toAnswer } from '../../testing/use-system.ts'
import { useInventory } from '../fixture.ts'

const many = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 45000)
  INSERT INTO events (kind, resource_number)
  SELECT 'allocation.created', (SELECT max(number) FROM resources) FROM n`

describeStores('events that cause notifications', (makeDatabase) => {
  const { call, add, system } = useInventory(makeDatabase)

  async function listAfter(after: string): Promise<InventoryEvents> {
    const token = await system().signServiceToken('notifications', 'inventory')
    const headers = { 'x-service-token': token }
    const path = `/api/resources/events${after && `?after=${after}`}`
    const { status, body } = await toAnswer<InventoryEvents>(
      await system().send('GET', path, { as: null, headers }),
    )
    expect(status).toBe(200)
    return body
  }

  it('are found among many others, page by page', async () => {
    const car = await add()
    let { next } = await listAfter('')
    await changeByHand(system().databaseUrlOf('inventory'), many)
    await call('PATCH', car, { body: { name: 'Behind it all' } })
    const read: string[][] = []
    for (let part = 0; part < 3; part++) {
      const { events, next: then } = await listAfter(next)
      read.push(events.map(({ kind }) => kind))
      expect(then).not.toBe(next)
      next = then
    }
    expect(read).toEqual([[], [], ['resource.changed']])
    expect(await listAfter(next)).toEqual({ events: [], next })
  })
})
