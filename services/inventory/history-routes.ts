import { Elysia, t } from 'elysia'
import { access } from '../../shared/access.ts'
import { sendPage } from '../../shared/answer.ts'
import { pageQuery } from '../../shared/page.ts'
import { lists } from '../../shared/convention.ts'
import { Id } from '../../shared/schemas/primitive.ts'
import { models } from './models.ts'
import type { InventoryService } from './service.ts'
import { windowQuery } from './span.ts'

const params = t.Object({ id: Id })

const versionsText = [
  'List the versions of a booking, oldest first',
  'Available after its release, too. The last version says how it ended, or is the current one.',
] as const

const resourceText = [
  'List who had a resource, latest start first',
  'Every booking of it with its former versions, and the times when it was out of service. ' +
    'With `from` and `to`: only those that touch the window.',
] as const

/** Who had what, and when. */
export function historyRoutes({ versions }: InventoryService) {
  return new Elysia({ tags: ['inventory'], normalize: false })
    .use(access)
    .use(models)
    .get(
      '/api/allocations/:id/history',
      (c) => sendPage(c, versions.ofAllocation(c.params.id, c.query, c.caller)),
      {
        ...lists('AllocationVersionList', { listAllocationVersions: versionsText }, 404),
        access: 'member',
        params,
        query: t.Object(pageQuery),
      },
    )
    .get(
      '/api/resources/:id/history',
      (c) => sendPage(c, versions.ofResource({ resourceId: c.params.id }, c.query, c.caller)),
      {
        ...lists('AllocationVersionList', { listResourceHistory: resourceText }, 404),
        access: 'member',
        params,
        query: t.Object({ ...windowQuery, ...pageQuery }),
      },
    )
}
