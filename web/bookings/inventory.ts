import type { AllocationVersion } from '../../shared/schemas/allocation-history.ts'
import type {
  Allocation,
  AllocationChange,
  NewAllocation,
  Slot,
  Span,
} from '../../shared/schemas/allocation.ts'
import type { Opening } from '../../shared/schemas/opening.ts'
import type {
  NewResourceType,
  ResourceType,
  ResourceTypeChange,
} from '../../shared/schemas/resource-type.ts'
import type { NewTypedResource, Resource, ResourceChange } from '../../shared/schemas/resource.ts'
import { ProblemError } from '../../packages/client/src/problem.ts'
import { api, ask } from '../api.ts'
import { ifShown } from '../if-shown.ts'
import { readAll, readPage } from '../paging.ts'
import { forget, keep, readKept } from '../session/kept.ts'
import { repeatable } from '../repeat-key.ts'
import { sortNaturally } from './natural.ts'
import { describeAllocation } from './span.ts'
import { minute_ms } from '../../shared/duration.ts'
import type { Tagged } from '../ui/edit.tsx'

/** A window or span of time: half-open, `[from, to)`. */
export interface TimeSpan {
  from: Date
  to: Date
}

// All resources, of any type.
const { openings, resources, resource_types } = api.inventory

const toQuery = ({ from, to }: TimeSpan) => ({ from: from.toISOString(), to: to.toISOString() })

let known: ResourceType[] = []
const typesName = 'types'

/** The bookable types. Administrators may add more at any time. */
export async function listTypes(): Promise<ResourceType[]> {
  known = await ask(resource_types.get())
  keep(typesName, known)
  return known
}

// Enough to see each type of a small organisation, in one request.
const seenMax = '200'

/** Types of which the user sees a resource; those of a long list that are not on it come last. */
export async function listTypesInUse(): Promise<ResourceType[]> {
  const first = readPage(resources.get({ query: { limit: seenMax } }))
  const [types, { items, next }] = await Promise.all([listTypes(), first])
  const seen = new Set(items.map(({ resource_type }) => resource_type))
  const inUse = types.filter(({ name }) => seen.has(name))
  return next ? [...inUse, ...types.filter(({ name }) => !seen.has(name))] : inUse
}

/** How a resource is booked. */
export async function typeOf(resource: { resource_type: string }): Promise<ResourceType> {
  const isIt = ({ name }: ResourceType) => name === resource.resource_type
  const kept = known.find(isIt) ?? readKept<ResourceType[]>(typesName)?.find(isIt)
  const found = kept ?? (await listTypes()).find(isIt)
  if (!found) throw new Error(`unknown type ${resource.resource_type}`)
  return found
}

export async function addType(
  body: NewResourceType,
  keyed: Tagged = repeatable(),
): Promise<ResourceType> {
  forget(typesName)
  return ask(resource_types.post(body, keyed))
}

export const readTypeTagged = ({ id }: ResourceType) => resource_types({ id }).get()

export async function changeType(
  { id }: ResourceType,
  body: ResourceTypeChange,
  tagged: Tagged = {},
): Promise<ResourceType> {
  forget(typesName)
  return ask(resource_types({ id }).patch(body, tagged))
}

/** The page of a resource. */
export function pageOf({ segment }: ResourceType, { id }: Resource): string {
  return `/bookings/${segment}/${id}`
}

/** Where it is taken out of service. */
export function withdrawalOf(type: ResourceType, resource: Resource): string {
  return `${pageOf(type, resource)}/withdrawal`
}

// The largest pages of these two lists: usually one is enough for a month of everything.
const resourcesMax = '1000'
const allocationsMax = '5000'

/** @param type a type name; all types if omitted */
export async function listResources(type?: string): Promise<Resource[]> {
  const load = (page: object) => resources.get({ query: { ...page, ...(type && { type }) } })
  return sortNaturally(await readAll(load, resourcesMax))
}

// The most the server accepts in one request.
const idsMax = 100

/** Those in service that the user may see. */
export async function listResourcesById(ids: string[]): Promise<Resource[]> {
  const wanted = [...new Set(ids)].slice(0, idsMax)
  if (wanted.length === 0) return []
  return ask(resources.get({ query: { ids: wanted.join(), limit: String(idsMax) } }))
}

/** Resources out of service. */
export async function listRetired(): Promise<Resource[]> {
  return readAll((page) => resources.get({ query: { ...page, retired: 'true' } }))
}

export async function readResource(id: string): Promise<Resource> {
  return ask(resources({ id }).get())
}

export async function createResource(
  body: NewTypedResource,
  keyed: Tagged = repeatable(),
): Promise<Resource> {
  return ask(resources.post(body, keyed))
}

export const readResourceTagged = ({ id }: Resource) => resources({ id }).get()

export async function changeResource(
  { id }: Resource,
  body: ResourceChange,
  tagged: Tagged,
): Promise<Resource> {
  return ask(resources({ id }).patch(body, tagged))
}

/** @param cancel also cancels the bookings that have not ended */
export async function decommission({ id }: Resource, cancel: boolean): Promise<void> {
  const query = cancel ? { allocations: 'cancel' as const } : {}
  await ask(resources({ id }).delete(undefined, { query }))
}

export async function putBack({ id }: Resource): Promise<Resource> {
  return ask(resources({ id }).return.post())
}

export async function listAllocations({ id }: Resource, window: TimeSpan): Promise<Allocation[]> {
  const { allocations } = resources({ id })
  return readAll((page) => allocations.get({ query: { ...toQuery(window), ...page } }))
}

/** For all resources, or one, in one response. */
export async function listBooked(window: TimeSpan, resource_id?: string): Promise<Allocation[]> {
  const query = { ...toQuery(window), ...(resource_id && { resource_id }) }
  const load = (page: object) => api.inventory.allocations.get({ query: { ...query, ...page } })
  return readAll(load, allocationsMax)
}

/** The allocations of one resource as they were at a moment. */
export async function listBookedAsOf(
  at: Date,
  window: TimeSpan,
  resource_id: string,
): Promise<Allocation[]> {
  const query = { ...toQuery(window), resource_id, as_of: at.toISOString() }
  const load = (page: object) => api.inventory.allocations.get({ query: { ...query, ...page } })
  return readAll(load, allocationsMax)
}

/** The user's bookings from a time on, of any resource. */
export function listOwnAllocations(from: Date): Promise<Allocation[]> {
  const query = { mine: 'true', from: from.toISOString() } as const
  return readAll((page) => api.inventory.allocations.get({ query: { ...query, ...page } }))
}

// As many as the page shows; the API has all.
const historyMax = '10'

/** Former users, latest first. */
export async function listHistory({ id }: Resource): Promise<AllocationVersion[]> {
  const query = { to: new Date().toISOString(), limit: historyMax }
  return ask(resources({ id }).history.get({ query }))
}

/** The id of who last changed it; empty if it is not known. */
export async function whoChanged(id: string): Promise<string> {
  const versions = await ask(api.inventory.allocations({ id }).history.get({ query: {} }))
  return versions.findLast(({ change }) => change !== null)?.by ?? ''
}

export async function book({ id }: Resource, body: NewAllocation): Promise<Allocation> {
  return ask(resources({ id }).allocations.post(body, repeatable()))
}

/** @throws if it is no longer as shown */
export async function change(shown: Allocation, body: AllocationChange): Promise<Allocation> {
  return changeTagged(shown, body, await ifStill(shown))
}

export const readAllocationTagged = (shown: Allocation) => routesOf(shown).get()

export function changeTagged(
  shown: Allocation,
  body: AllocationChange,
  tagged: Tagged,
): Promise<Allocation> {
  return ask(routesOf(shown).patch(body, tagged))
}

export async function release(allocation: Allocation): Promise<void> {
  await ask(routesOf(allocation).delete())
}

/** Whether it still exists: no response at all proves nothing, and is thrown. */
export async function isThere(allocation: Allocation): Promise<boolean> {
  try {
    await routesOf(allocation).get()
    return true
  } catch (error) {
    if (error instanceof ProblemError && error.status === 404) return false
    throw error
  }
}

/** @throws as `change` */
export async function releaseShown(shown: Allocation): Promise<void> {
  await ask(routesOf(shown).delete(undefined, await ifStill(shown)))
}

function ifStill(shown: Allocation) {
  return ifShown(shown, readAllocationTagged(shown), describeAllocation)
}

function routesOf({ resource_id, id }: Allocation) {
  return resources({ id: resource_id }).allocations({ allocation_id: id })
}

/** Those of a type that are free throughout a span; the first `max` of them, if given. */
export async function findFree(
  { name }: Pick<ResourceType, 'name'>,
  span: TimeSpan,
  max?: number,
): Promise<Resource[]> {
  const query = { ...toQuery(span), type: name }
  if (max) return ask(resources.availability.get({ query: { ...query, limit: String(max) } }))
  const load = (page: object) => resources.availability.get({ query: { ...query, ...page } })
  return sortNaturally(await readAll(load))
}

/** The earliest spans of that length of any matching resource of a type. */
export async function findOpenings(
  { name }: ResourceType,
  { from, to }: TimeSpan,
  where = '',
): Promise<Opening[]> {
  const duration = `PT${Math.round((to.getTime() - from.getTime()) / minute_ms)}M`
  const query = { type: name, duration, after: from.toISOString(), limit: '5' }
  return ask(openings.get({ query: { ...query, ...(where && { where }) } }))
}

export async function listSlots({ id }: Resource, window: TimeSpan): Promise<Slot[]> {
  return ask(resources({ id }).slots.get({ query: toQuery(window) }))
}

export async function listFreeSpans({ id }: Resource, window: TimeSpan): Promise<Span[]> {
  return (await ask(resources({ id }).availability.get({ query: toQuery(window) }))).free
}
