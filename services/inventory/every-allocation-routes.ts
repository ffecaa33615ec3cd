import { Type } from '@sinclair/typebox'
import { Elysia, t } from 'elysia'
import { access } from '../../shared/access.ts'
import { sendCreatedTogether, sendNothing, sendPage, sendVersioned } from '../../shared/answer.ts'
import { readCreation } from '../../shared/idempotency.ts'
import { pageQuery } from '../../shared/page.ts'
import { changes, createsTogether, lists, removes } from '../../shared/convention.ts'
import { Id, Instant, text } from '../../shared/schemas/primitive.ts'
import { readChange } from '../../shared/version.ts'
import { models } from './models.ts'
import type { InventoryService } from './service.ts'
import { windowQuery } from './span.ts'

const ofOwner = { access: 'owner', params: t.Object({ id: Id }) } as const

const confirmText = ['Confirm a hold', 'Confirming twice is safe. An expired hold is 404.'] as const

const bundleText = [
  'Book several resources at once, or any of a type',
  'Books all items or none, or with `mode: skip` those available. Items share one span or have ' +
    'one each. An item with a type books any free resource of it. A 409 lists for each item ' +
    'the conflicts, when its resource is next free, and alternatives.',
] as const

const listText = [
  'List bookings of all resources by start time',
  'All filters must match. Without `resource_id`, `person` or `mine`, a window of at most 366 ' +
    'days is required. A cursor is valid only with the filters it was made with.',
] as const

/** Bookings across all resources: `/api/allocations`. */
export function everyAllocationRoutes({ allocateMany, holds, listAllocations }: InventoryService) {
  return new Elysia({ prefix: '/api/allocations', tags: ['inventory'], normalize: false })
    .use(access)
    .use(models)
    .post('', (c) => sendCreatedTogether(c, allocateMany(readCreation(c))), {
      ...createsTogether('AllocatedBundle', { allocateMany: bundleText }, 403, {
        409: 'BundleProblem',
      }),
      access: 'member',
      body: 'NewBundle',
    })
    .get('', (c) => sendPage(c, listAllocations(c.query, c.caller)), {
      ...lists('AllocationList', { listAllocations: listText }),
      access: 'member',
      query: t.Object({ ...windowQuery, ...filterQuery, ...boardPage }),
    })
    .post('/:id/confirm', (c) => sendVersioned(c, holds.confirm(c.params.id, readChange(c))), {
      ...changes('Allocation', { confirmAllocation: confirmText }),
      ...ofOwner,
    })
    .post('/:id/extend', (c) => sendVersioned(c, holds.extend(c.params.id, readChange(c))), {
      ...changes('Allocation', { extendAllocation: 'Extend a hold, counted from now' }, 409),
      ...ofOwner,
      body: 'HoldExtension',
    })
    .post('/:id/release', (c) => sendNothing(c, holds.release(c.params.id, readChange(c))), {
      ...removes({ releaseAllocation: 'Release a hold or a booking' }),
      ...ofOwner,
    })
}

const filterQuery = {
  type: t.Optional(text(50, 0, 'A resource type, such as `Car`')),
  resource_id: t.Optional(Id),
  person: t.Optional(text(50, 1, 'A user id: bookings for this user')),
  mine: t.Optional(t.Literal('true', { description: 'Only your own bookings' })),
  status: t.Optional(t.Union([t.Literal('held'), t.Literal('confirmed')])),
  as_of: t.Optional(Type.String({ ...Instant, description: 'As they were then, by the history' })),
  q: t.Optional(text(100, 1, 'Text in the description, the reference or the name of the resource')),
}

// A board of 300 resources for a month fits one page.
const boardPage = {
  ...pageQuery,
  limit: t.Optional(
    t.String({
      pattern: '^(5000|[1-4]\\d{3}|[1-9]\\d{0,2})$',
      description: 'Page size, 1 to 5000; default 50',
      examples: ['1000'],
    }),
  ),
}
