import { Elysia, t } from 'elysia'
import { access } from '../../shared/access.ts'
import { sendPage } from '../../shared/answer.ts'
import { pageQuery } from '../../shared/page.ts'
import { lists } from '../../shared/promise.ts'
import { Id, text } from '../../shared/schemas/primitive.ts'
import { models } from './models.ts'
import type { InventoryService } from './service.ts'
import { windowQuery } from './span.ts'

const listText = [
  'List the bookings of all resources, by start',
  'All filters must match. Without `resource_id`, `person` or `mine`, the window is needed, ' +
    'of at most 366 days. A cursor belongs to the filters it was made with.',
] as const

/** Bookings whatever resource they are of: `/api/allocations`. */
export function everyAllocationRoutes({ listAllocations }: InventoryService) {
  return new Elysia({ prefix: '/api/allocations', tags: ['inventory'], normalize: false })
    .use(access)
    .use(models)
    .get('', (c) => sendPage(c, listAllocations(c.query, c.caller)), {
      ...lists('AllocationList', { listAllocations: listText }),
      access: 'member',
      query: t.Object({ ...windowQuery, ...filterQuery, ...boardPage }),
    })
}

const filterQuery = {
  type: t.Optional(text(50, 0, 'Such as `Car`')),
  resource_id: t.Optional(Id),
  person: t.Optional(text(50, 1, 'A user: bookings made for them')),
  mine: t.Optional(t.Literal('true', { description: 'Only your own' })),
  q: t.Optional(text(100, 1, 'In the description, the reference or the name of the resource')),
}

// A board of 300 resources and a month is one page.
const boardPage = {
  ...pageQuery,
  limit: t.Optional(
    t.String({
      pattern: '^(5000|[1-4]\\d{3}|[1-9]\\d{0,2})$',
      description: 'Page size, 1 to 5000; 50 when left out',
      examples: ['1000'],
    }),
  ),
}
