import type { ResourcePath } from './booking.ts'
import { resourceTypes, type BookableType } from './resource-types.ts'

/** Where resources are: those of a declared type, `/api/cars`, or all, `/api/resources`. */
export type Collection = keyof typeof resourceTypes | 'resources'

/** What the operations on a collection are called after: `getCar`, `listCars`. */
export function namesOf(segment: Collection): { name: string; names: string } {
  const names = segment.charAt(0).toUpperCase() + segment.slice(1)
  return { name: typeOf(segment) ?? 'Resource', names }
}

/** Of which type a resource must be to be found there. */
export function typeOf(segment: Collection): string | undefined {
  const types: Partial<Record<string, BookableType>> = resourceTypes
  return types[segment]?.name
}

/** What a path below a collection names. */
export function pathOf(segment: Collection): (params: { id: string }) => ResourcePath {
  const type = typeOf(segment)
  return ({ id }) => (type === undefined ? { resourceId: id } : { type, resourceId: id })
}
