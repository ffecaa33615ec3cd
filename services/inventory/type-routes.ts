import { Elysia } from 'elysia'
import { allocationRoutes } from './allocation-routes.ts'
import { declaredRoutes, resourceRoutes, slotRoutes } from './resource-routes.ts'
import type { resourceTypes } from './resource-types.ts'
import type { InventoryService } from './service.ts'

type Segment = keyof typeof resourceTypes

/** All routes of a declared continuous type. */
export function continuousRoutes<const Name extends Segment>(
  segment: Name,
  service: InventoryService,
) {
  return new Elysia({ normalize: false })
    .use(declaredRoutes(segment, service))
    .use(resourceRoutes(segment, service))
    .use(allocationRoutes(segment, service))
}

/** All routes of a declared interval type: the same, and slots. */
export function intervalRoutes<const Name extends Segment>(
  segment: Name,
  service: InventoryService,
) {
  return continuousRoutes(segment, service).use(slotRoutes(segment, service))
}
