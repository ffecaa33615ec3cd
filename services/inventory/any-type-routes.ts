import { Elysia, t } from 'elysia'
import { access, type Caller } from '../../shared/access.ts'
import { sendCreatedVersion, sendPage, sendVersioned } from '../../shared/answer.ts'
import { readCreation } from '../../shared/idempotency.ts'
import { pageQuery } from '../../shared/page.ts'
import { answers, changes, createsVersion, lists } from '../../shared/convention.ts'
import { Id } from '../../shared/schemas/primitive.ts'
import type { NewWithdrawal } from '../../shared/schemas/withdrawal.ts'
import { allocationRoutes } from './allocation-routes.ts'
import { readChange } from '../../shared/version.ts'
import { models } from './models.ts'
import { resourceRoutes, slotRoutes } from './resource-routes.ts'
import { resourceIds, searchQuery } from './resource-search.ts'
import type { InventoryService } from './service.ts'
import { windowQuery } from './span.ts'

const retired = t.Optional(
  t.Union([t.Literal('true'), t.Literal('false')], {
    description: 'true: resources out of service instead of those in service',
  }),
)

// A board shows all resources.
const largePage = {
  ...pageQuery,
  limit: t.Optional(
    t.String({
      pattern: '^(1000|[1-9]\\d{0,2})$',
      description: 'Page size, 1 to 1000; default 50',
      examples: ['1000'],
    }),
  ),
}

const withdrawalText = [
  'Plan to move the bookings of a resource to others of its type, or do so',
  'Without `If-Match`, only returns a plan. With the `plan` of an earlier response in ' +
    '`If-Match`, carries it out as a whole: bookings move and keep their ids, and the ' +
    'remaining time is blocked by `maintenance`. 412 if anything has changed since.',
] as const

/** The resources of all types, declared or created at run time: `/api/resources`. */
export function anyTypeRoutes(service: InventoryService) {
  return new Elysia({ normalize: false })
    .use(collectionRoutes(service))
    .use(resourceRoutes('resources', service))
    .use(slotRoutes('resources', service))
    .use(allocationRoutes('resources', service))
}

function collectionRoutes(service: InventoryService) {
  const { resources, retirement, withdraw, readFilter, availability } = service
  return new Elysia({ prefix: '/api/resources', tags: ['inventory'], normalize: false })
    .use(access)
    .use(models)
    .post('', (c) => sendCreatedVersion(c, resources.createAny(readCreation(c))), {
      ...createsVersion('Resource', { createResource: 'Add a resource of any type' }, 404, 409),
      access: 'admin',
      body: 'NewTypedResource',
    })
    .get(
      '',
      async (c) => sendPage(c, resources.list(await readFilter(c.query), c.query, c.caller)),
      {
        ...lists('ResourceList', { listResources: 'List resources by type and name' }),
        access: 'member',
        query: t.Object({ ...searchQuery, ids: resourceIds, retired, ...largePage }),
      },
    )
    .get(
      '/availability',
      async (c) => {
        const filter = await readFilter(c.query)
        return sendPage(c, availability.freeResources(filter, c.query, c.caller))
      },
      {
        ...lists('ResourceList', { listFreeResources: 'List resources free for an entire window' }),
        access: 'member',
        query: t.Object({ ...searchQuery, ...windowQuery, ...pageQuery }),
      },
    )
    .post('/:id/withdrawal', (c) => withdraw(readWithdrawal(c)), {
      ...answers('WithdrawalPlan', { withdrawResource: withdrawalText }, 404, 409, 412),
      access: 'admin',
      params: t.Object({ id: Id }),
      query: t.Object({ dry_run: t.Optional(t.Literal('true')) }),
      body: 'NewWithdrawal',
    })
    .post('/:id/return', (c) => sendVersioned(c, retirement.putBack(c.params.id, readChange(c))), {
      ...changes('Resource', { returnResource: 'Return a resource to service' }, 409),
      access: 'admin',
      params: t.Object({ id: Id }),
    })
}

interface WithdrawalRequest {
  params: { id: string }
  query: { dry_run?: 'true' }
  body: NewWithdrawal
  caller: Caller
  headers: Record<string, string | undefined>
}

function readWithdrawal({ params, query, body, caller, headers }: WithdrawalRequest) {
  const ifMatch = query.dry_run ? undefined : headers['if-match']
  return { resourceId: params.id, body, caller, ifMatch }
}
