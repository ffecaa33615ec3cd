import { Elysia, t } from 'elysia'
import { access } from '../../shared/access.ts'
import { sendCreatedVersion, sendNothing, sendPage, sendVersioned } from '../../shared/answer.ts'
import { readCreation } from '../../shared/idempotency.ts'
import { pageQuery } from '../../shared/page.ts'
import { changes, createsVersion, lists, readsVersion, removes } from '../../shared/convention.ts'
import { Id } from '../../shared/schemas/primitive.ts'
import { readChange } from '../../shared/version.ts'
import { models } from './models.ts'
import { namesOf, pathOf, type Collection } from './collection.ts'
import type { InventoryService } from './service.ts'
import { windowQuery } from './span.ts'

const ofResource = { access: 'member', params: t.Object({ id: Id }) } as const
const path = t.Object({ id: Id, allocation_id: Id })

/** The bookings of one resource: `/api/cars/{id}/allocations/{allocation_id}`. */
export function allocationRoutes<const Name extends Collection>(
  segment: Name,
  { allocations }: InventoryService,
) {
  const { name } = namesOf(segment)
  const of = pathOf(segment)
  const one = (params: { id: string; allocation_id: string }) => {
    return { ...of(params), id: params.allocation_id }
  }
  return new Elysia({
    prefix: `/api/${segment}/:id/allocations`,
    tags: ['inventory'],
    normalize: false,
  })
    .use(access)
    .use(models)
    .post('', (c) => sendCreatedVersion(c, allocations.allocate(of(c.params), readCreation(c))), {
      ...createsVersion('Allocation', { [`allocate${name}`]: `Book a ${name}` }, 403, 404, {
        409: 'OverlapProblem',
      }),
      ...ofResource,
      body: 'NewAllocation',
    })
    .get('', (c) => sendPage(c, allocations.list(of(c.params), c)), {
      ...lists(
        'AllocationList',
        { [`list${name}Allocations`]: 'List the bookings of a resource by start time' },
        404,
      ),
      ...ofResource,
      query: t.Object({ ...windowQuery, ...pageQuery }),
    })
    .get('/:allocation_id', (c) => sendVersioned(c, allocations.get(one(c.params), c.caller)), {
      ...readsVersion('Allocation', { [`get${name}Allocation`]: 'Get a booking' }),
      access: 'member',
      params: path,
    })
    .patch(
      '/:allocation_id',
      (c) => sendVersioned(c, allocations.change(one(c.params), readChange(c))),
      {
        ...changes(
          'Allocation',
          { [`change${name}Allocation`]: 'Change a booking: time, description, properties' },
          { 409: 'OverlapProblem' },
        ),
        access: 'owner',
        params: path,
        body: 'AllocationChange',
      },
    )
    .delete(
      '/:allocation_id',
      (c) => sendNothing(c, allocations.release(one(c.params), readChange(c))),
      {
        ...removes({ [`release${name}Allocation`]: 'Release a booking' }, 409),
        access: 'owner',
        params: path,
      },
    )
}
