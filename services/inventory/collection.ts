import type { ResourcePath } from './booking.ts'
import { resourceTypes, type BookableType } from './resource-types.ts'

/** A path of resources: of a declared type, `/api/cars`, or of all, `/api/resources`. */
export type Collection = keyof typeof resourceTypes | 'resources'

/** The names used in its operation ids: `getCar`, `listCars`. */
export function namesOf(segment: Collection): { name: string; names: string } {
  const names = segment.charAt(0).toUpperCase() + segment.slice(1)
  return { name: typeOf(segment) ?? 'Resource', names }
}

/** The type a resource must have to be found there. */
export function typeOf(segment: Collection): string | undefined {
  const types: Partial<Record<string, BookableType>> = resourceTypes
  return types[segment]?.name
}

/** The resource identified by a path below a collection. */
export function pathOf(segment: Collection): (params: { id: string }) => ResourcePath {
  const type = typeOf(segment)
  return ({ id }) => (type === undefined ? { resourceId: id } : { type, resourceId: id })
}
