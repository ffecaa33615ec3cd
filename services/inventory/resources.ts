import { Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { and, asc, eq, gt, isNull, ne, or, sql, type SQL } from 'drizzle-orm'
import type { Context } from '../../shared/context.ts'
import { createOnce, type Creation } from '../../shared/idempotency.ts'
import { toInstant } from '../../shared/instant.ts'
import { readCursor, rowsToAsk, toPage, type Page, type PageQuery } from '../../shared/page.ts'
import { conflict, invalid, notFound, type FieldError } from '../../shared/problem.ts'
import type { NewResource, Resource, ResourceChange } from '../../shared/schemas/resource.ts'
import { Id, text, type JsonObject } from '../../shared/schemas/primitive.ts'
import { createBatch } from '../../shared/store/batch.ts'
import { insertInto } from '../../shared/store/insert.ts'
import { placeholder } from '../../shared/store/columns.ts'
import { violation } from '../../shared/store/error.ts'
import type { Reader } from '../../shared/store/store.ts'
import type { Created, Versioned } from '../../shared/answer.ts'
import {
  requireMatch,
  retryOnConflict,
  toEtag,
  type Change,
  type Removal,
} from '../../shared/version.ts'
import { writeJson } from './json-column.ts'
import type { DeclaredType } from './resource-types.ts'
import { decommissioned, type InventoryTables, type ResourceRow } from './tables.ts'

/** Things that can be booked: make, find, rename, take out of service. */
export function createResources(context: Context, tables: InventoryTables) {
  const { store, clock, id } = context
  const { resources, allocations } = tables
  const insert = insertInto(resources, {
    leave: ['number', 'version', 'decommissioned'],
    order: 'resource_type, name',
  })
  const batch = createBatch(store, insert)
  const findOne = store.db
    .select()
    .from(resources)
    .where(
      and(
        eq(resources.id, placeholder(resources.id)),
        eq(resources.resource_type, placeholder(resources.resource_type)),
        isNull(resources.decommissioned),
      ),
    )
    .prepare()

  /** @throws 404 when there is none of the type, or it was decommissioned */
  async function find(type: DeclaredType, id: string): Promise<ResourceRow> {
    const [row] = await findOne.execute({ id, resource_type: type.name })
    if (!row) throw notFound('resource', id)
    return row
  }

  async function create(
    type: DeclaredType,
    { body, idempotencyKey }: Creation<NewResource>,
  ): Promise<Created<Resource>> {
    const properties = writeProperties(body.properties ?? {})
    const row = {
      id: id(),
      resource_type: type.name,
      name: body.name,
      properties,
      created: clock(),
    }
    return createOnce(store, {
      idempotencyKey,
      value: toResource(row),
      write: (response) => batch.add(row, response),
      explain: async () => nameTaken(type, body.name),
    })
  }

  /**
   * By name.
   * @param options `only`: leaves out the resources for which it is false; `reader`: who reads
   */
  async function list(
    type: DeclaredType,
    query: PageQuery,
    { only, reader = store }: { only?: SQL; reader?: Reader } = {},
  ): Promise<Page<Resource>> {
    const after = readCursor(query, isPosition)
    const { name, id } = resources
    const rows = await reader.db
      .select()
      .from(resources)
      .where(
        and(
          eq(resources.resource_type, type.name),
          isNull(resources.decommissioned),
          after && or(gt(name, after[0]), and(eq(name, after[0]), gt(id, after[1]))),
          only,
        ),
      )
      .orderBy(asc(name), asc(id))
      .limit(rowsToAsk(query))
    const page = toPage(rows, query, (last) => [last.name, last.id])
    return { ...page, items: page.items.map(toResource) }
  }

  async function get(type: DeclaredType, id: string): Promise<Versioned<Resource>> {
    return toVersioned(await find(type, id))
  }

  async function change(
    type: DeclaredType,
    id: string,
    { body, ifMatch }: Change<ResourceChange>,
  ): Promise<Versioned<Resource>> {
    const properties = body.properties && writeProperties(body.properties)
    const values = {
      ...(body.name !== undefined && { name: body.name }),
      ...(properties !== undefined && { properties }),
    }
    return retryOnConflict(async () => {
      const before = await find(type, id)
      requireMatch(before.version, ifMatch)
      const [row] = await store.db
        .update(resources)
        .set({ ...values, version: before.version + 1 })
        .where(
          and(
            eq(resources.number, before.number),
            eq(resources.version, before.version),
            isNull(resources.decommissioned),
          ),
        )
        .returning()
        .catch((error: unknown) => {
          throw violation(error) === 'unique' ? nameTaken(type, body.name ?? '') : error
        })
      return row && toVersioned(row)
    })
  }

  /**
   * Takes a resource out of service with an allocation that never ends. The database refuses it
   * like any other overlap while something is booked, so no booking can slip in meanwhile.
   */
  async function decommission(
    type: DeclaredType,
    resourceId: string,
    { caller, ifMatch, cascade }: Removal,
  ): Promise<void> {
    const { number, version } = await find(type, resourceId)
    requireMatch(version, ifMatch)
    const now = clock()
    const table = store.db.insert(allocations).values({
      id: id(),
      resource_number: number,
      from_datetime: now,
      to_datetime: Infinity,
      allocation_type: decommissioned,
      description: '',
      dump: '{}',
      created: now,
      created_by: caller.id,
    })
    const open = and(
      eq(allocations.resource_number, number),
      gt(allocations.to_datetime, now),
      ne(allocations.allocation_type, decommissioned), // somebody else's; ours must lose to it
    )
    const cancellation = sql`DELETE FROM ${allocations} WHERE ${open}`
    const tombstone = table.onConflictDoNothing().getSQL()
    if (await store.atomically(cascade ? [cancellation, tombstone] : [tombstone])) return
    await find(type, resourceId) // 404 when somebody else was faster
    const count = await store.db.$count(allocations, open)
    throw conflict(
      'resource_in_use',
      `${count} allocations have not ended. Release them, or retry with ?allocations=cancel.`,
      { allocations: count },
    )
  }

  return { find, create, list, get, change, decommission }
}

export type Resources = ReturnType<typeof createResources>

function toResource(row: Omit<ResourceRow, 'number' | 'version' | 'decommissioned'>): Resource {
  return {
    id: row.id,
    name: row.name,
    resource_type: row.resource_type,
    created: toInstant(row.created) ?? '',
    properties: JSON.parse(row.properties) as Resource['properties'],
  }
}

function toVersioned(row: ResourceRow): Versioned<Resource> {
  return { value: toResource(row), etag: toEtag(row.version) }
}

function writeProperties(properties: JsonObject): string {
  const errors: FieldError[] = []
  const text = writeJson('properties', properties, errors)
  if (errors.length > 0) throw invalid(errors)
  return text
}

function nameTaken(type: DeclaredType, name: string) {
  return conflict('resource_name_taken', `There is already a ${type.name} named "${name}".`)
}

const Position = Type.Tuple([text(100), Id])

function isPosition(value: unknown): value is [name: string, id: string] {
  return Value.Check(Position, value)
}
