import { beforeAll } from 'bun:test'
import { eq } from 'drizzle-orm'
import { hour_ms } from '../../../shared/duration.ts'
import type { MakeDatabase } from '../../../shared/testing/describe-stores.ts'
import { useStore } from '../../testing/use-store.ts'
import { inventoryTables, type InventoryTables, type WaitlistRow } from '../tables.ts'

const start = Date.UTC(2035, 0, 1)
/** A time of that day; 9.5 is half past nine. */
export const at = (hour: number) => start + hour * hour_ms

type Hours = [from: number, to: number]

/** The database of inventory, without a system: for tests of one rule, which write its rows. */
export function useRules(makeDatabase: MakeDatabase) {
  const using = useStore(makeDatabase, 'inventory')
  let tables: InventoryTables
  beforeAll(() => {
    tables = inventoryTables(using.store().columns)
  })

  /** @returns its number */
  async function addResource(values: object = {}): Promise<number> {
    const id = Bun.randomUUIDv7()
    const row = { id, resource_type: 'Car', name: id, properties: '{}', created: 0, ...values }
    const [made] = await using.store().db.insert(tables.resources).values(row).returning()
    return made?.number ?? 0
  }

  /** Of a resource, between two hours. @returns its id */
  async function book(resource_number: number, hours: Hours, values: object = {}) {
    const [id = ''] = await bookAll(resource_number, [hours], values)
    return id
  }

  async function bookAll(resource_number: number, hours: Hours[], values: object = {}) {
    const rows = hours.map(([from, to]) => ({
      id: Bun.randomUUIDv7(),
      resource_number,
      from_datetime: at(from),
      to_datetime: at(to),
      allocation_type: 'booking',
      description: '',
      dump: '{}',
      created: 0,
      created_by: 'anna',
      ...values,
    }))
    await using.store().db.insert(tables.allocations).values(rows)
    return rows.map(({ id }) => id)
  }

  /** Joins without a look at what is free, as a process that dies right after it. */
  async function wait(values: Partial<WaitlistRow>): Promise<string> {
    const id = Bun.randomUUIDv7()
    const { resource_types } = tables
    const isCar = eq(resource_types.name, 'Car')
    const [car] = await using.store().db.select().from(resource_types).where(isCar)
    const row = {
      id,
      type_number: car?.number ?? 0,
      earliest: at(9),
      latest_start: at(9),
      latest: at(10),
      until: at(9),
      created: 0,
      created_by: 'ben',
      ...values,
    }
    await using.store().db.insert(tables.waitlist).values(row)
    return id
  }

  return {
    ...using,
    tables: () => tables,
    addResource,
    book,
    bookAll,
    wait,
    entry: async (id: string) => {
      const rows = await using.store().db.select().from(tables.waitlist)
      const found = rows.find((row) => row.id === id)
      if (!found) throw new Error('There is no such entry')
      return found
    },
  }
}
