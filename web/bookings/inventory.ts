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
import { readAll } from '../paging.ts'
import { forget, keep, readKept } from '../session/kept.ts'
import { repeatable } from '../repeat-key.ts'
import { minute_ms } from '../time.ts'

/** A window or span of time: half-open, `[from, to)`. */
export interface Window {
  from: Date
  to: Date
}

// Whatever their type, all resources are here.
const { openings, resources, resource_types } = api.inventory

const toQuery = ({ from, to }: Window) => ({ from: from.toISOString(), to: to.toISOString() })

let known: ResourceType[] = []
const typesName = 'types'

/** What can be booked here. An administrator may add to it at any time. */
export async function listTypes(): Promise<ResourceType[]> {
  known = await ask(resource_types.get())
  keep(typesName, known)
  return known
}

/** How a resource is booked. */
export async function typeOf(resource: { resource_type: string }): Promise<ResourceType> {
  const isIt = ({ name }: ResourceType) => name === resource.resource_type
  const told = known.find(isIt) ?? readKept<ResourceType[]>(typesName)?.find(isIt)
  const found = told ?? (await listTypes()).find(isIt)
  if (!found) throw new Error(`unknown type ${resource.resource_type}`)
  return found
}

export async function addType(body: NewResourceType): Promise<ResourceType> {
  forget(typesName)
  return ask(resource_types.post(body, repeatable()))
}

export async function changeType(
  { id }: ResourceType,
  body: ResourceTypeChange,
): Promise<ResourceType> {
  forget(typesName)
  return ask(resource_types({ id }).patch(body))
}

/** Where the page of a resource is. */
export function pageOf({ segment }: ResourceType, { id }: Resource): string {
  return `/bookings/${segment}/${id}`
}

// The largest pages of these two lists: one for most who look at a month of all there is.
const resourcesMax = '1000'
const allocationsMax = '5000'

/** @param type the name of a type; all of them when left out */
export async function listResources(type?: string): Promise<Resource[]> {
  const load = (page: object) => resources.get({ query: { ...page, ...(type && { type }) } })
  return readAll(load, resourcesMax)
}

// As many as the server takes in one request.
const idsMax = 100

/** Those of them that are in service and may be seen. */
export async function listResourcesById(ids: string[]): Promise<Resource[]> {
  const wanted = [...new Set(ids)].slice(0, idsMax)
  if (wanted.length === 0) return []
  return ask(resources.get({ query: { ids: wanted.join(), limit: String(idsMax) } }))
}

/** Those that are out of service. */
export async function listRetired(): Promise<Resource[]> {
  return readAll((page) => resources.get({ query: { ...page, retired: 'true' } }))
}

export async function readResource(id: string): Promise<Resource> {
  return ask(resources({ id }).get())
}

export async function createResource(body: NewTypedResource): Promise<Resource> {
  return ask(resources.post(body, repeatable()))
}

export async function changeResource({ id }: Resource, body: ResourceChange): Promise<Resource> {
  return ask(resources({ id }).patch(body))
}

/** @param cancel also give up the bookings that have not ended */
export async function decommission({ id }: Resource, cancel: boolean): Promise<void> {
  const query = cancel ? { allocations: 'cancel' as const } : {}
  await ask(resources({ id }).delete(undefined, { query }))
}

export async function putBack({ id }: Resource): Promise<Resource> {
  return ask(resources({ id }).return.post())
}

export async function listAllocations({ id }: Resource, window: Window): Promise<Allocation[]> {
  const { allocations } = resources({ id })
  return readAll((page) => allocations.get({ query: { ...toQuery(window), ...page } }))
}

/** Of all resources, or of one, in one answer. */
export async function listBooked(window: Window, resource_id?: string): Promise<Allocation[]> {
  const query = { ...toQuery(window), ...(resource_id && { resource_id }) }
  const load = (page: object) => api.inventory.allocations.get({ query: { ...query, ...page } })
  return readAll(load, allocationsMax)
}

/** The same as it stood at a moment, of one resource. */
export async function listBookedAsOf(
  at: Date,
  window: Window,
  resource_id: string,
): Promise<Allocation[]> {
  const query = { ...toQuery(window), resource_id, as_of: at.toISOString() }
  const load = (page: object) => api.inventory.allocations.get({ query: { ...query, ...page } })
  return readAll(load, allocationsMax)
}

/** What the user has from a time on, of whatever resource. */
export function listOwnAllocations(from: Date): Promise<Allocation[]> {
  const query = { mine: 'true', from: from.toISOString() } as const
  return readAll((page) => api.inventory.allocations.get({ query: { ...query, ...page } }))
}

// The page of a resource shows so many; the API has all.
const historyMax = '10'

/** Who had it until now, the latest first. */
export async function listHistory({ id }: Resource): Promise<AllocationVersion[]> {
  const query = { to: new Date().toISOString(), limit: historyMax }
  return ask(resources({ id }).history.get({ query }))
}

export async function book({ id }: Resource, body: NewAllocation): Promise<Allocation> {
  return ask(resources({ id }).allocations.post(body, repeatable()))
}

/** @throws ProblemError `precondition_failed` when it is no longer what was shown */
export async function change(shown: Allocation, body: AllocationChange): Promise<Allocation> {
  const one = routesOf(shown)
  return ask(one.patch(body, await ifShown(shown, one.get())))
}

export async function release(allocation: Allocation): Promise<void> {
  await ask(routesOf(allocation).delete())
}

/** Whether it still is: no response at all says nothing, and is thrown. */
export async function isThere(allocation: Allocation): Promise<boolean> {
  try {
    await routesOf(allocation).get()
    return true
  } catch (error) {
    if (error instanceof ProblemError && error.status === 404) return false
    throw error
  }
}

/** @throws ProblemError as `change` */
export async function releaseShown(shown: Allocation): Promise<void> {
  const one = routesOf(shown)
  await ask(one.delete(undefined, await ifShown(shown, one.get())))
}

function routesOf({ resource_id, id }: Allocation) {
  return resources({ id: resource_id }).allocations({ allocation_id: id })
}

/** Those of a type that are free for the whole span; the first of them when `max` is given. */
export async function findFree(
  { name }: Pick<ResourceType, 'name'>,
  span: Window,
  max?: number,
): Promise<Resource[]> {
  const query = { ...toQuery(span), type: name }
  if (max) return ask(resources.availability.get({ query: { ...query, limit: String(max) } }))
  return readAll((page) => resources.availability.get({ query: { ...query, ...page } }))
}

/** The earliest spans of the same length of any of a type, that has what it must have. */
export async function findOpenings(
  { name }: ResourceType,
  { from, to }: Window,
  where = '',
): Promise<Opening[]> {
  const duration = `PT${Math.round((to.getTime() - from.getTime()) / minute_ms)}M`
  const query = { type: name, duration, after: from.toISOString(), limit: '5' }
  return ask(openings.get({ query: { ...query, ...(where && { where }) } }))
}

export async function listSlots({ id }: Resource, window: Window): Promise<Slot[]> {
  return ask(resources({ id }).slots.get({ query: toQuery(window) }))
}

export async function listFreeSpans({ id }: Resource, window: Window): Promise<Span[]> {
  return (await ask(resources({ id }).availability.get({ query: toQuery(window) }))).free
}
