import { expect, it, onTestFinished } from 'bun:test'
import { toServiceCaller } from '../../shared/access.ts'
import type { Context } from '../../shared/context.ts'
import { createStores } from '@campus/store/open.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { createSlotChooser } from './bundle-slots.ts'
import { createCandidates } from './candidates.ts'
import { useInventory } from './fixture.ts'
import { inventoryTables } from './tables.ts'
import { createTypes } from './types.ts'
import { day_ms } from '../../shared/duration.ts'

describeStores('the cost of choosing resources for many days', (makeDatabase) => {
  const { add, system } = useInventory(makeDatabase)
  const cars = 40

  /** The chooser, and how many rows it reads. */
  async function open() {
    const stores = createStores()
    onTestFinished(() => stores.close())
    const store = await stores.open(system().databaseUrl)
    const context = { store } as Context
    const tables = inventoryTables(store.columns)
    const { findFree, ...candidates } = createCandidates(context, tables)
    let rows = 0
    const counted: typeof findFree = async (search) => {
      const found = await findFree(search)
      rows += found.length
      return found
    }
    const types = createTypes(context, tables)
    const all = { candidates: { ...candidates, findFree: counted }, types }
    return { choose: createSlotChooser(store, tables, all), rows: () => rows }
  }

  const caller = toServiceCaller('bookings', 'system')
  const items = Array.from({ length: cars }, (_, at) => {
    const from = Date.UTC(2027, 2, 1, 9) + at * day_ms
    return { at, item: { type: 'Car' }, span: { from, to: from + day_ms / 12 }, count: 1 }
  })

  it('is a few rows per day, even with many resources', async () => {
    await Promise.all(Array.from({ length: cars }, () => add()))
    const { choose, rows } = await open()
    const asked = { items, named: new Map(), spare: 0, keeps: true, caller, booker: caller }
    const { slots, lacking } = await choose(asked)
    expect(slots.every(({ choices }) => choices.length === 1)).toBe(true)
    expect(lacking.size).toBe(0)
    // Those of the two days before and after may have to keep away from it.
    expect(rows()).toBeLessThanOrEqual(5 * cars)
  })
})
