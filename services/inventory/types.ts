import { and, asc, eq, ne, or, sql } from 'drizzle-orm'
import type { Created, Versioned } from '../../shared/answer.ts'
import type { Context } from '../../shared/context.ts'
import { createOnce, type Creation } from '../../shared/idempotency.ts'
import { conflict, notFound, ProblemError } from '../../shared/problem.ts'
import type {
  NewResourceType,
  ResourceType,
  ResourceTypeChange,
} from '../../shared/schemas/resource-type.ts'
import { createBatch } from '@campus/store/batch.ts'
import { placeholder } from '@campus/store/columns.ts'
import { isDeadlock, violation } from '@campus/store/error.ts'
import { insertInto } from '@campus/store/insert.ts'
import { prepareRead } from '@campus/store/prepare-read.ts'
import { retryOnConflict } from '../../shared/retry-on-conflict.ts'
import { requireMatch, type Change } from '../../shared/version.ts'
import { changed } from './booking.ts'
import { resourceTypes, type BookableType } from './resource-types.ts'
import type { InventoryTables, ResourceTypeRow } from './tables.ts'
import { readTypeValues, toBookable, toResourceType } from './type-values.ts'

// All types are in one response, and in one selection list.
const typesMax = 200

/** Resource types: declared ones, and those added by administrators. */
export function createTypes(context: Context, tables: InventoryTables) {
  const { store, clock, id } = context
  const { resource_types: table, resources } = tables
  const insert = insertInto(table, {
    leave: ['number', 'declared', 'version', 'managed_by'],
    where: `(SELECT count(*) FROM resource_types) < ${typesMax}`,
    order: 'i.name',
  })
  const batch = createBatch(store, insert)
  const findOne = prepareRead(store, table, {
    tail: sql`FROM ${table} WHERE ${table.name} = ${placeholder(table.name)}`,
  })
  const remembered = new Map<string, BookableType>(
    Object.values(resourceTypes).map((type) => [type.name, type]),
  )
  const read = new Map<string, ResourceTypeRow>()

  /**
   * Reads a booking of a declared type without querying its grid. The grid last read may accept a
   * booking, which the database checks again; a refusal is always decided by the current grid.
   */
  async function readWithGrid<T>(name: string, parse: (type: BookableType) => T): Promise<T> {
    try {
      return parse(remembered.get(name) ?? { name })
    } catch (error) {
      if (!(error instanceof ProblemError) || error.code !== 'not_on_slot_grid') throw error
      return parse(toBookable(await find(name)))
    }
  }

  function remember(type: BookableType): BookableType {
    if (remembered.has(type.name)) remembered.set(type.name, type)
    return type
  }

  /** @throws 404 */
  async function find(name: string): Promise<ResourceTypeRow> {
    const [row] = await findOne({ name })
    if (!row) throw notFound('resource_type', JSON.stringify(name))
    remember(toBookable(row))
    if (read.size >= typesMax) read.clear()
    read.set(name, row)
    return row
  }

  /** As last read: for what the database checks again. */
  const recall = (name: string) => read.get(name)

  async function list(): Promise<ResourceType[]> {
    const rows = await store.db.select().from(table).orderBy(asc(table.number)).limit(typesMax)
    return rows.map(toResourceType)
  }

  async function findById(id: string): Promise<ResourceTypeRow> {
    const [row] = await store.db.select().from(table).where(eq(table.id, id))
    if (!row) throw notFound('resource_type', id)
    return row
  }

  async function get(id: string): Promise<Versioned<ResourceType>> {
    return toVersioned(await findById(id))
  }

  async function create({
    body,
    idempotencyKey,
  }: Creation<NewResourceType>): Promise<Created<ResourceType>> {
    const row = { id: id(), ...readTypeValues(body), created: clock() }
    return createOnce(store, {
      idempotencyKey,
      value: toResourceType({ ...row, declared: 0, managed_by: null }),
      write: (response) => batch.add(row, response),
      explain: async () =>
        (await explainTaken(row)) ??
        conflict('too_many_types', `There are already ${typesMax} types.`),
    })
  }

  async function change(
    id: string,
    { body, caller, ifMatch }: Change<ResourceTypeChange>,
  ): Promise<Versioned<ResourceType>> {
    return retryOnConflict(async () => {
      const before = await findById(id)
      requireMatch(before.version, ifMatch)
      const values = changed(readTypeValues(body, before), before)
      const [row] = await store.db
        .update(table)
        .set({ ...values, version: before.version + 1 })
        .where(
          sql`${table.number} = ${before.number} AND ${table.version} = ${before.version}
            AND ${store.signedBy(caller.id)}`,
        )
        .returning()
        .catch(async (error: unknown) => {
          if (isDeadlock(error)) return [] // bookings went on; nothing was done here
          throw (await explainRefusal(before, values, error)) ?? error
        })
      if (row) remember(toBookable(row))
      return row && toVersioned(row)
    })
  }

  async function remove(id: string, { ifMatch }: Change<unknown>): Promise<void> {
    await retryOnConflict(async () => {
      const before = await findById(id)
      requireMatch(before.version, ifMatch)
      const gone = await store.db
        .delete(table)
        .where(sql`${table.number} = ${before.number} AND ${table.version} = ${before.version}`)
        .returning({ id: table.id })
        .catch(async (error: unknown) => {
          throw (await explainRefusal(before, undefined, error)) ?? error
        })
      return gone[0]
    })
  }

  async function explainTaken({
    id,
    name,
    segment,
  }: Pick<ResourceTypeRow, 'id' | 'name' | 'segment'>) {
    const isTaken = or(eq(table.name, name), eq(table.segment, segment))
    const [other] = await store.db
      .select()
      .from(table)
      .where(and(isTaken, ne(table.id, id)))
    if (!other) return undefined
    return other.name === name
      ? conflict('resource_type_name_taken', `There is already a type named "${name}".`)
      : conflict(
          'resource_type_segment_taken',
          `"${other.name}" already has the segment ${segment}.`,
        )
  }

  // The databases name their constraints differently, so the reason is read from the rows.
  async function explainRefusal(
    before: ResourceTypeRow,
    values: Partial<ResourceTypeRow> | undefined,
    error: unknown,
  ): Promise<ProblemError | undefined> {
    const rule = violation(error)
    if (rule === undefined) return undefined
    if (rule === 'unique') return explainTaken({ ...before, ...values })
    const isKept = values === undefined || values.name !== undefined || values.segment !== undefined
    if (before.declared === 1 && isKept) {
      const detail =
        `${before.name} is part of Campus: its name and segment are fixed, ` +
        'and it cannot be deleted.'
      return conflict('resource_type_declared', detail)
    }
    const isRenamed = values === undefined || values.name !== undefined
    if (before.managed_by !== null && isRenamed) return managed(before)
    if (values) return gridInUse(before)
    const count = await store.db.$count(resources, eq(resources.resource_type, before.name))
    const detail =
      `${count} resources have this type, retired ones included. ` +
      'Only a type without resources can be deleted.'
    return conflict('resource_type_in_use', detail, { resources: count })
  }

  return { readWithGrid, remember, find, recall, list, get, create, change, remove }
}

export type Types = ReturnType<typeof createTypes>

function toVersioned(row: ResourceTypeRow): Versioned<ResourceType> {
  return { value: toResourceType(row), version: row.version }
}

function managed({ name }: ResourceTypeRow): ProblemError {
  const detail =
    `There are policies for a ${name}, or for one of its resources. Withdraw them first; ` +
    'set them again for the new name.'
  return conflict('resource_type_managed', detail)
}

function gridInUse({ name }: ResourceTypeRow): ProblemError {
  const detail =
    `A booking of a ${name} does not fit that grid. Choose a grid that fits all bookings, ` +
    'or add another type.'
  return conflict('resource_type_grid_in_use', detail)
}
