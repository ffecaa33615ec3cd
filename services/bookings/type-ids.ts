import { and, eq, isNotNull, isNull } from 'drizzle-orm'
import type { Context } from '../../shared/context.ts'
import { hour_ms } from '../../shared/duration.ts'
import { readInstant } from '../../shared/instant.ts'
import { notFound, orIfAway } from '../../shared/problem.ts'
import type { ResourceType } from '../../shared/schemas/resource-type.ts'
import type { Reservations } from './reservations.ts'
import type { BookingsTables, SeriesRow } from './tables.ts'

type Items = { type?: string | undefined }[]

/** A display or calendar; null: it is not of a type. */
interface OfType {
  id: string
  resource_type: string | null
  type_id: string | null
  created: number
}

const adoptEvery_s = 5
const rowsAtOnce = 200
// Of a row without an id whose type was gone when it was looked for.
const noType = '00000000-0000-0000-0000-000000000000'

/**
 * The types of displays, calendars and series, by id: a type can be renamed, and another one get
 * its name. Rows of earlier releases have names only. They mean the type that has the name now, if
 * it is older than they are, and get its id when they are used, or soon after the start.
 */
export function createTypeIds(
  { store, clock, every }: Pick<Context, 'store' | 'clock' | 'every'>,
  { displays, calendars, booking_series: series }: BookingsTables,
  { listTypes }: Pick<Reservations, 'listTypes'>,
) {
  let due_ms = -Infinity
  every(adoptEvery_s, 'find the types of earlier rows', async () => {
    if (clock() < due_ms) return
    const types = await listTypes()
    for (const table of [displays, calendars]) {
      const isOld = and(isNull(table.type_id), isNotNull(table.resource_type))
      const rows = await store.db.select().from(table).where(isOld)
      for (const row of rows) await idOf(table, row, types)
    }
    for (;;) {
      const some = store.db.select().from(series).where(isNull(series.type_ids))
      const rows = await some.limit(rowsAtOnce)
      for (const row of rows) await idsOf(row, types)
      if (rows.length < rowsAtOnce) break
    }
    // Processes of an earlier release may have run until now.
    due_ms = clock() + hour_ms
  })

  /** @throws 404 */
  async function find(name: string): Promise<string> {
    return requireType(await listTypes(), name).id
  }

  /** Of a display or calendar. */
  async function idOf(
    table: typeof displays | typeof calendars,
    { id, resource_type, type_id: known, created }: OfType,
    types?: ResourceType[],
  ): Promise<string | null> {
    if (known !== null || resource_type === null) return known
    const type_id = findFormer(resource_type, created, types ?? (await listTypes()))
    const isOld = and(eq(table.id, id), isNull(table.type_id))
    await store.db.update(table).set({ type_id }).where(isOld)
    return type_id
  }

  /** With the names of now; those stored if inventory is unavailable, or a type is gone. */
  async function withNames<Row extends OfType>(rows: Row[]): Promise<Row[]> {
    if (rows.every((row) => row.resource_type === null)) return rows
    const types = await listTypes().catch(orIfAway<ResourceType[]>([]))
    const names = new Map(types.map((type) => [type.id, type.name]))
    return rows.map((row) => {
      return { ...row, resource_type: names.get(row.type_id ?? '') ?? row.resource_type }
    })
  }

  /** What a series stores: the types that its items name, as JSON. @throws 404 */
  async function toIds(items: Items): Promise<string> {
    const names = namesOf(items)
    const types = names.length === 0 ? [] : await listTypes()
    const ids = names.map((name) => [name, requireType(types, name).id])
    return JSON.stringify(Object.fromEntries(ids))
  }

  async function idsOf(row: SeriesRow, types: ResourceType[]): Promise<Record<string, string>> {
    if (row.type_ids !== null) return JSON.parse(row.type_ids) as Record<string, string>
    const names = namesOf(JSON.parse(row.items) as Items)
    const ids = Object.fromEntries(names.map((it) => [it, findFormer(it, row.created, types)]))
    const isOld = and(eq(series.id, row.id), isNull(series.type_ids))
    await store.db
      .update(series)
      .set({ type_ids: JSON.stringify(ids) })
      .where(isOld)
    return ids
  }

  /** The items of a series, by the names of now. @throws 404 if a type is gone */
  async function readItems<Item extends Items[number]>(row: SeriesRow): Promise<Item[]> {
    const items = JSON.parse(row.items) as Item[]
    if (namesOf(items).length === 0) return items
    const types = await listTypes()
    const ids = await idsOf(row, types)
    return items.map((item) => {
      if (item.type === undefined) return item
      const type = types.find(({ id }) => id === ids[item.type ?? ''])
      if (!type) throw notFound('resource_type', item.type)
      return { ...item, type: type.name }
    })
  }

  return { find, idOf, withNames, toIds, readItems }
}

export type TypeIds = ReturnType<typeof createTypeIds>

function namesOf(items: Items): string[] {
  return [...new Set(items.flatMap(({ type }) => type ?? []))]
}

function requireType(types: ResourceType[], name: string): ResourceType {
  const type = types.find((it) => it.name === name)
  if (!type) throw notFound('resource_type', name)
  return type
}

// A younger one got the name of another.
function findFormer(name: string, made: number, types: ResourceType[]): string {
  const type = types.find((it) => it.name === name && (readInstant(it.created) ?? Infinity) <= made)
  return type?.id ?? noType
}
