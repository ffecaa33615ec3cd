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

type Segment = keyof typeof resourceTypes

const params = t.Object({ id: Id })
const window = t.Object(windowQuery)

/** All resources of one declared type, under a path of its own: `/api/cars`. */
export function collectionRoutes<const Name extends Segment>(
  segment: Name,
  service: InventoryService,
) {
  const { resources, availability } = service
  const type: DeclaredType = resourceTypes[segment]
  const { name } = type
  return new Elysia({ prefix: `/api/${segment}`, tags: ['inventory'], normalize: false })
    .use(access)
    .use(models)
    .post(
      '',
      async (context) =>
        sendCreated(context, await resources.create(type, context.body, readRepeatKey(context))),
      {
        access: 'admin',
        body: 'NewResource',
        response: { 201: 'Resource', 409: 'Problem' },
        detail: { operationId: `create${name}`, summary: `Add a ${name}` },
      },
    )
    .get('', async (context) => sendPage(context, await resources.list(type, context.query)), {
      access: 'member',
      query: t.Object(pageQuery),
      response: { 200: 'ResourceList', 400: 'Problem' },
      detail: { operationId: `list${name}s`, summary: `All of type ${name}, by name` },
    })
    .get(
      '/availability',
      async (context) => {
        const { query: page, caller } = context
        const options = { type, window: readWindow(page), page, caller }
        return sendPage(context, await availability.freeResources(options))
      },
      {
        access: 'member',
        query: t.Object({ ...windowQuery, ...pageQuery }),
        response: { 200: 'ResourceList', 400: 'Problem' },
        detail: {
          operationId: `listFree${name}s`,
          summary: `Those free for a whole span, by name`,
        },
      },
    )
}

/** One resource: `/api/cars/{id}`. */
export function resourceRoutes<const Name extends Segment>(
  segment: Name,
  { resources, availability }: InventoryService,
) {
  const type: DeclaredType = resourceTypes[segment]
  const { name } = type
  return new Elysia({ prefix: `/api/${segment}`, tags: ['inventory'], normalize: false })
    .use(access)
    .use(models)
    .get(
      '/:id',
      async (context) => sendVersioned(context, await resources.get(type, context.params.id)),
      {
        access: 'member',
        params,
        response: { 200: 'Resource', 404: 'Problem' },
        detail: { operationId: `get${name}`, summary: `One ${name}` },
      },
    )
    .patch(
      '/:id',
      async (context) => {
        const { params, body, headers } = context
        const accepted = readIfMatch(headers['if-match'])
        return sendVersioned(context, await resources.change({ type, ...params, body, accepted }))
      },
      {
        access: 'admin',
        params,
        body: 'ResourceChange',
        response: { 200: 'Resource', 404: 'Problem', 409: 'Problem', 412: 'Problem' },
        detail: { operationId: `change${name}`, summary: `Rename it, or change its properties` },
      },
    )
    .delete(
      '/:id',
      async (context) => {
        const { params, query, caller, headers } = context
        const accepted = readIfMatch(headers['if-match'])
        const cancel = query.allocations === 'cancel'
        await resources.decommission({ type, ...params, cancel, caller, accepted })
        return sendNothing(context)
      },
      {
        access: 'admin',
        params,
        query: t.Object({ allocations: t.Optional(t.Literal('cancel')) }),
        response: { 404: 'Problem', 409: 'Problem', 412: 'Problem' },
        detail: {
          operationId: `decommission${name}`,
          summary: `Take it out of service, for good`,
          responses: { 204: { description: 'Done; no body' } },
        },
      },
    )
    .get(
      '/:id/availability',
      ({ params, query }) => availability.ofResource(type, params.id, readWindow(query)),
      {
        access: 'member',
        params,
        query: window,
        response: { 200: 'Availability', 404: 'Problem' },
        detail: { operationId: `get${name}Availability`, summary: `When it is busy, when free` },
      },
    )
}

/** What only interval types have. */
export function slotRoutes<const Name extends Segment>(
  segment: Name,
  { availability }: InventoryService,
) {
  const type: DeclaredType = resourceTypes[segment]
  return new Elysia({ prefix: `/api/${segment}`, tags: ['inventory'], normalize: false })
    .use(access)
    .use(models)
    .get(
      '/:id/slots',
      ({ params, query }) => availability.slots(type, params.id, readWindow(query)),
      {
        access: 'member',
        params,
        query: window,
        response: { 200: 'SlotList', 404: 'Problem' },
        detail: {
          operationId: `list${type.name}Slots`,
          summary: `The grid, each slot free or not`,
        },
      },
    )
}
