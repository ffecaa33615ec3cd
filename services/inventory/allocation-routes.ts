import { Elysia, t } from 'elysia'
import { access } from '../../shared/access.ts'
import { sendCreated, sendNothing, sendPage, sendVersioned } from '../../shared/answer.ts'
import { readIfMatch } from '../../shared/etag.ts'
import { readRepeatKey } from '../../shared/idempotency.ts'
import { pageQuery } from '../../shared/page.ts'
import { Id } from '../../shared/schemas/primitive.ts'
import { models } from './models.ts'
import { resourceTypes, type DeclaredType } from './resource-types.ts'
import type { InventoryService } from './service.ts'
import { readWindow, windowQuery } from './span.ts'

const resource = t.Object({ id: Id })
const allocation = t.Object({ id: Id, allocation_id: Id })

/** The bookings of one resource: `/api/cars/{id}/allocations`. */
export function bookingRoutes<const Name extends keyof typeof resourceTypes>(
  segment: Name,
  { allocations }: InventoryService,
) {
  const type: DeclaredType = resourceTypes[segment]
  const { name } = type
  return new Elysia({
    prefix: `/api/${segment}/:id/allocations`,
    tags: ['inventory'],
    normalize: false,
  })
    .use(access)
    .use(models)
    .post(
      '',
      async (context) => {
        const { params, body, caller } = context
        const booking = {
          type,
          resourceId: params.id,
          body,
          caller,
          repeat: readRepeatKey(context),
        }
        return sendCreated(context, await allocations.allocate(booking))
      },
      {
        access: 'member',
        params: resource,
        body: 'NewAllocation',
        response: { 201: 'Allocation', 404: 'Problem', 409: 'Problem' },
        detail: { operationId: `allocate${name}`, summary: `Book a ${name} for a span of time` },
      },
    )
    .get(
      '',
      async (context) => {
        const { params, query } = context
        const options = { type, resourceId: params.id, window: readWindow(query), page: query }
        return sendPage(context, await allocations.list(options))
      },
      {
        access: 'member',
        params: resource,
        query: t.Object({ ...windowQuery, ...pageQuery }),
        response: { 200: 'AllocationList', 400: 'Problem', 404: 'Problem' },
        detail: { operationId: `list${name}Allocations`, summary: `Its bookings in time order` },
      },
    )
}

/** One booking: `/api/cars/{id}/allocations/{allocation_id}`. */
export function allocationRoutes<const Name extends keyof typeof resourceTypes>(
  segment: Name,
  { allocations }: InventoryService,
) {
  const type: DeclaredType = resourceTypes[segment]
  const { name } = type
  const toPath = (params: { id: string; allocation_id: string }) => ({
    type,
    resourceId: params.id,
    id: params.allocation_id,
  })
  return new Elysia({
    prefix: `/api/${segment}/:id/allocations`,
    tags: ['inventory'],
    normalize: false,
  })
    .use(access)
    .use(models)
    .get(
      '/:allocation_id',
      async (context) => sendVersioned(context, await allocations.get(toPath(context.params))),
      {
        access: 'member',
        params: allocation,
        response: { 200: 'Allocation', 404: 'Problem' },
        detail: { operationId: `get${name}Allocation`, summary: 'One booking' },
      },
    )
    .patch(
      '/:allocation_id',
      async (context) => {
        const { params, body, caller, headers } = context
        const accepted = readIfMatch(headers['if-match'])
        const changed = await allocations.change(toPath(params), body, { caller, accepted })
        return sendVersioned(context, changed)
      },
      {
        access: 'owner',
        params: allocation,
        body: 'AllocationChange',
        response: { 200: 'Allocation', 404: 'Problem', 409: 'Problem', 412: 'Problem' },
        detail: { operationId: `change${name}Allocation`, summary: 'Move, resize or describe it' },
      },
    )
    .delete(
      '/:allocation_id',
      async (context) => {
        const { params, caller, headers } = context
        const accepted = readIfMatch(headers['if-match'])
        await allocations.release(toPath(params), { caller, accepted })
        return sendNothing(context)
      },
      {
        access: 'owner',
        params: allocation,
        response: { 404: 'Problem', 412: 'Problem' },
        detail: {
          operationId: `release${name}Allocation`,
          summary: 'Give the time back',
          responses: { 204: { description: 'Done; no body' } },
        },
      },
    )
}
