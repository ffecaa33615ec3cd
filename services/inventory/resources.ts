import { Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { and, asc, eq, isNotNull, isNull, sql, type SQL } from 'drizzle-orm'
import { isAdministrator, type Caller } from '../../shared/access.ts'
import type { Created, Versioned } from '../../shared/answer.ts'
import type { Context } from '../../shared/context.ts'
import { createOnce, type Creation } from '../../shared/idempotency.ts'
import {
  isLongPage,
  readCursor,
  rowsToAsk,
  toPage,
  type Page,
  type PageQuery,
} from '../../shared/page.ts'
import { conflict, notFound } from '../../shared/problem.ts'
import { Id, text } from '../../shared/schemas/primitive.ts'
import type {
  NewResource,
  NewTypedResource,
  Resource,
  ResourceChange,
  ResourcePhoto,
} from '../../shared/schemas/resource.ts'
import { createBatch } from '@campus/store/batch.ts'
import { placeholder } from '@campus/store/columns.ts'
import { violation } from '@campus/store/error.ts'
import { insertInto } from '@campus/store/insert.ts'
import { keepReads } from '@campus/store/keep-reads.ts'
import { retryOnConflict } from '../../shared/retry-on-conflict.ts'
import { requireMatch, type Change } from '../../shared/version.ts'
import { changed, type ResourcePath } from './booking.ts'
import { buffersOf, type Buffers } from './buffers.ts'
import type { Photos } from './photos.ts'
import type { BookableType } from './resource-types.ts'
import { readResourceValues, toResource } from './resource-values.ts'
import type { InventoryTables, ResourceRow } from './tables.ts'
import { toBookable, toPropertySchema } from './type-values.ts'
import type { Types } from './types.ts'
import { isVisible, whereVisible, type Viewer } from './visibility.ts'

/** A resource in service, with its grid. */
export interface FoundResource extends ResourceRow {
  type: BookableType
  /** The buffers of a new booking. */
  buffers: Buffers
}

/** The filter of a list of resources. */
export interface ResourceFilter {
  /** The type; undefined: all types. */
  type?: string | undefined
  /** Resources out of service instead of those in service. */
  isRetired?: boolean
  /** An additional SQL condition; rows it excludes are read nevertheless. */
  only?: SQL | undefined
}

// First pages that are kept: of a type, for all who see the same.
const keptPages = 16

/** Resources: create, find, change. */
export function createResources(
  context: Context,
  tables: InventoryTables,
  { types, photos }: { types: Types; photos: Photos },
) {
  const { store, clock, id, config } = context
  const { resources, resource_types } = tables
  const insert = insertInto(resources, {
    leave: ['number', 'version', 'decommissioned'],
    from: 'input i JOIN resource_types t ON t.name = i.resource_type',
    order: 'i.resource_type, i.search_name, i.name',
  })
  const batch = createBatch(store, insert)
  const { slot_seconds, slot_origin, managed_by } = resource_types
  const { buffer_before_seconds, buffer_after_seconds } = resource_types
  const buffers = { buffer_before_seconds, buffer_after_seconds }
  const ofType = { slot_seconds, slot_origin, managed_by, ...buffers }
  // The type is read with the resource, so its grid is always current.
  const findOne = store.db
    .select({ resource: resources, ofType })
    .from(resources)
    .innerJoin(resource_types, eq(resource_types.name, resources.resource_type))
    .where(eq(resources.id, placeholder(resources.id)))
    .prepare()

  /** @throws 404 when it does not exist for the viewer, has another type, or is out of service */
  async function find(path: ResourcePath, viewer: Viewer): Promise<FoundResource> {
    const found = await findEver(path, viewer)
    if (found.decommissioned !== null) throw notFound('resource', path.resourceId)
    return found
  }

  /** Also when it is out of service. @throws 404 as above */
  async function findEver(
    { type, resourceId }: ResourcePath,
    viewer: Viewer,
  ): Promise<FoundResource> {
    const [found] = await findOne.execute({ id: resourceId })
    const name = found?.resource.resource_type
    if (!found || name === undefined || (type ?? name) !== name) {
      throw notFound('resource', resourceId)
    }
    if (!isVisible(viewer, found.resource)) throw notFound('resource', resourceId)
    const bookable = types.remember(toBookable({ name, ...found.ofType }))
    const kept = buffersOf(found.resource, found.ofType)
    return { ...found.resource, type: bookable, buffers: kept }
  }

  async function create(
    typeName: string,
    { body, caller, idempotencyKey }: Creation<NewResource>,
  ): Promise<Created<Resource>> {
    const schema = toPropertySchema(await types.find(typeName))
    const values = readResourceValues(body, schema)
    const row = { id: id(), resource_type: typeName, ...values, created: clock() }
    if (row.photo !== null) await photos.keep(row.id, row.photo, caller)
    return createOnce(store, {
      idempotencyKey,
      value: toWire({ ...row, decommissioned: null }, caller),
      write: (response) => batch.add(row, response).catch(loseType),
      explain: async () => {
        await types.find(typeName) // 404 when it was deleted meanwhile
        return nameTaken(typeName, body.name)
      },
    })
  }

  /** The type is in the body. */
  function createAny(creation: Creation<NewTypedResource>): Promise<Created<Resource>> {
    const { resource_type, ...body } = creation.body
    return create(resource_type, { ...creation, body })
  }

  const keep = keepReads<Page<Resource>>(store, keptPages)

  /** By type and name. */
  async function list(
    filter: ResourceFilter,
    query: PageQuery,
    caller: Caller,
  ): Promise<Page<Resource>> {
    const { type, isRetired, only } = filter
    if (only || query.cursor !== undefined || isLongPage(query)) return read(filter, query, caller)
    const seenBy = isAdministrator(caller) || caller.groups
    const key = JSON.stringify([type, isRetired, query.limit, seenBy])
    return keep(key, () => read(filter, query, caller))
  }

  async function read(
    { type, isRetired = false, only }: ResourceFilter,
    query: PageQuery,
    caller: Caller,
  ): Promise<Page<Resource>> {
    const after = readCursor(query, isPosition)
    const { resource_type, name, id, decommissioned } = resources
    const { db } = only || isLongPage(query) ? store.scan(caller.id) : store
    const rows = await db
      .select()
      .from(resources)
      .where(
        and(
          type === undefined ? undefined : eq(resource_type, type),
          isRetired ? isNotNull(decommissioned) : isNull(decommissioned),
          after && isAfter(resources, after),
          whereVisible(caller, resources),
          only,
        ),
      )
      .orderBy(asc(resource_type), asc(name), asc(id))
      .limit(rowsToAsk(query))
    const page = toPage(rows, query, (last) => [last.resource_type, last.name, last.id])
    return { ...page, items: page.items.map((row) => toWire(row, caller)) }
  }

  async function get(path: ResourcePath, caller: Caller): Promise<Versioned<Resource>> {
    return toVersioned(await find(path, caller), caller)
  }

  async function change(
    path: ResourcePath,
    { body, caller, ifMatch }: Change<ResourceChange>,
  ): Promise<Versioned<Resource>> {
    return retryOnConflict(async () => {
      const before = await find(path, caller)
      requireMatch(before.version, ifMatch)
      const schema = toPropertySchema(await types.find(before.resource_type))
      const values = readResourceValues(body, schema, before)
      await changePhoto(before, values.photo, caller)
      const [row] = await store.db
        .update(resources)
        .set({ ...changed(values, before), version: before.version + 1 })
        .where(
          and(
            eq(resources.number, before.number),
            eq(resources.version, before.version),
            isNull(resources.decommissioned),
            store.signedBy(caller.id),
          ),
        )
        .returning()
        .catch((error: unknown) => {
          throw violation(error) === 'unique' ? nameTaken(before.resource_type, values.name) : error
        })
      return row && toVersioned(row, caller)
    })
  }

  async function changePhoto(
    { id: holder, photo }: ResourceRow,
    next: string | null,
    caller: Caller,
  ): Promise<void> {
    if (next === photo) return
    if (next !== null) await photos.keep(holder, next, caller)
    if (photo !== null) await photos.doubt(holder, photo)
  }

  /** Also for managers of the resource. @throws 403, 404, 412, 422, 503 */
  async function setPhoto(
    resourceId: string,
    asked: Change<ResourcePhoto>,
  ): Promise<Versioned<Resource>> {
    const path = { resourceId }
    await photos.requireManager(asked.caller, await find(path, asked.caller))
    return change(path, asked)
  }

  function toWire(row: Parameters<typeof toResource>[0], viewer: Viewer): Resource {
    return toResource(row, config.TIME_ZONE, viewer)
  }

  function toVersioned(row: ResourceRow, viewer: Viewer): Versioned<Resource> {
    return { value: toWire(row, viewer), version: row.version }
  }

  return { find, findEver, create, createAny, list, get, change, setPhoto }
}

export type Resources = ReturnType<typeof createResources>

/** 409: folded names are unique among the resources of a type that are in service. */
export function nameTaken(type: string, name: string) {
  const named = `There is already a ${type} named "${name}"`
  const detail = `${named} (case, accents and spaces are ignored).`
  return conflict('resource_name_taken', detail)
}

// The type was deleted meanwhile: SQLite skips the row, PostgreSQL may fail on the reference.
function loseType(error: unknown): false {
  if (violation(error) === 'foreign_key') return false
  throw error
}

type Position = [type: string, name: string, id: string]

// Redundant, as the index has the first two columns.
function isAfter(resources: InventoryTables['resources'], [type, name, id]: Position): SQL {
  const { resource_type } = resources
  const last = sql.param(id, resources.id)
  return sql`(${resource_type}, ${resources.name}) >= (${type}, ${name})
    AND (${resource_type}, ${resources.name}, ${resources.id}) > (${type}, ${name}, ${last})`
}

const PositionModel = Type.Tuple([text(50), text(100), Id])

function isPosition(value: unknown): value is Position {
  return Value.Check(PositionModel, value)
}
