import { Elysia, t } from 'elysia'
import { access } from '../../shared/access.ts'
import { reads } from '../../shared/convention.ts'
import { models } from './models.ts'
import type { InventoryService } from './service.ts'
import { openingQuery } from './openings/opening-query.ts'

const openingText = [
  'Find the earliest openings of a type, or of one resource',
  'The earliest spans of a duration in which a resource is free, from `after` on; one for each ' +
    'free time that is long enough. Without `before`, the search has no end. On a type with ' +
    'slots, openings are whole slots.',
] as const

/** When something is free: `/api/openings`. */
export function openingRoutes({ listOpenings }: InventoryService) {
  return new Elysia({ prefix: '/api/openings', tags: ['inventory'], normalize: false })
    .use(access)
    .use(models)
    .get('', (c) => listOpenings(c.query, c.caller), {
      ...reads('OpeningList', { listOpenings: openingText }, 404),
      access: 'member',
      query: t.Object(openingQuery),
    })
}
