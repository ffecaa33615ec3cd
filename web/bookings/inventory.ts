import type {
  Allocation,
  AllocationChange,
  NewAllocation,
  Slot,
  Span,
} from '../../shared/schemas/allocation.ts'
import type { ResourceType } from '../../shared/schemas/resource-type.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { api, ask } from '../api.ts'
import { readAll } from '../paging.ts'
import { once } from '../once.ts'
import { repeatable } from '../repeat-key.ts'

/** A window or span of time: half-open, `[from, to)`. */
export interface Window {
  from: Date
  to: Date
}

/** All types have the same routes; those of slots only where the type has a grid. */
const routesOf = (segment: string) => api.inventory[segment as 'runways']

/** `/api/cars` → `cars`, as the console names the type in its addresses, too. */
export function segmentOf({ path }: ResourceType): string {
  return path.slice('/api/'.length)
}

const toQuery = ({ from, to }: Window) => ({ from: from.toISOString(), to: to.toISOString() })

/** What can be booked here; asked once, as it changes only with a new version. */
export const listTypes = once(() => ask(api.inventory.resource_types.get()))

export async function typeOf(resource: { resource_type: string }): Promise<ResourceType> {
  const types = await listTypes()
  const found = types.find(({ resource_type }) => resource_type === resource.resource_type)
  if (!found) throw new Error(`unknown type ${resource.resource_type}`)
  return found
}

// Eden's objects answer `.then` as a path of theirs: they must never be what a promise gives.
async function segmentFor(resource: { resource_type: string }): Promise<string> {
  return segmentOf(await typeOf(resource))
}

export async function listResources(type: ResourceType): Promise<Resource[]> {
  return readAll((page) => routesOf(segmentOf(type)).get({ query: page }))
}

export async function readResource(segment: string, id: string): Promise<Resource> {
  return ask(routesOf(segment)({ id }).get())
}

export async function createResource(type: ResourceType, name: string): Promise<Resource> {
  return ask(routesOf(segmentOf(type)).post({ name }, repeatable()))
}

export async function renameResource(resource: Resource, name: string): Promise<Resource> {
  return ask(routesOf(await segmentFor(resource))({ id: resource.id }).patch({ name }))
}

/** @param cancel also give up the bookings that have not ended */
export async function decommission(resource: Resource, cancel: boolean): Promise<void> {
  const query = cancel ? { allocations: 'cancel' as const } : {}
  await ask(routesOf(await segmentFor(resource))({ id: resource.id }).delete(undefined, { query }))
}

export async function listAllocations(resource: Resource, window: Window): Promise<Allocation[]> {
  const { allocations } = routesOf(await segmentFor(resource))({ id: resource.id })
  return readAll((page) => allocations.get({ query: { ...toQuery(window), ...page } }))
}

export async function book(resource: Resource, body: NewAllocation): Promise<Allocation> {
  const { allocations } = routesOf(await segmentFor(resource))({ id: resource.id })
  return ask(allocations.post(body, repeatable()))
}

export async function change(before: Allocation, body: AllocationChange): Promise<Allocation> {
  return ask(routesOfAllocation(await segmentFor(before), before).patch(body))
}

export async function release(allocation: Allocation): Promise<void> {
  await ask(routesOfAllocation(await segmentFor(allocation), allocation).delete())
}

function routesOfAllocation(segment: string, { resource_id, id }: Allocation) {
  return routesOf(segment)({ id: resource_id }).allocations({ allocation_id: id })
}

/** Those of a type that are free for the whole span. */
export async function findFree(type: ResourceType, span: Window): Promise<Resource[]> {
  const { availability } = routesOf(segmentOf(type))
  return readAll((page) => availability.get({ query: { ...toQuery(span), ...page } }))
}

export async function listSlots(resource: Resource, window: Window): Promise<Slot[]> {
  const { slots } = routesOf(await segmentFor(resource))({ id: resource.id })
  return ask(slots.get({ query: toQuery(window) }))
}

export async function listFreeSpans(resource: Resource, window: Window): Promise<Span[]> {
  const { availability } = routesOf(await segmentFor(resource))({ id: resource.id })
  return (await ask(availability.get({ query: toQuery(window) }))).free
}
