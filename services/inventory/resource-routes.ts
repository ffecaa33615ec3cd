import { Elysia, t } from 'elysia'
import { access } from '../../shared/access.ts'
import { sendCreatedVersion, sendNothing, sendPage, sendVersioned } from '../../shared/answer.ts'
import { readChange, readRemoval } from '../../shared/version.ts'
import { readCreation } from '../../shared/idempotency.ts'
import { pageQuery } from '../../shared/page.ts'
import {
  changes,
  createsVersion,
  lists,
  reads,
  readsVersion,
  removes,
} from '../../shared/convention.ts'
import { Id } from '../../shared/schemas/primitive.ts'
import { namesOf, pathOf, type Collection } from './collection.ts'
import { models } from './models.ts'
import { resourceTypes } from './resource-types.ts'
import type { InventoryService } from './service.ts'
import { readWindow, windowQuery } from './span.ts'

const params = t.Object({ id: Id })
const inUse = { 409: 'ResourceInUseProblem' } as const
const cancellation = t.Object({ allocations: t.Optional(t.Literal('cancel')) })

/** The resources of one declared type, at its own path: `/api/cars`. */
export function declaredRoutes<const Name extends keyof typeof resourceTypes>(
  segment: Name,
  { resources, availability }: InventoryService,
) {
  const type = resourceTypes[segment].name
  const { name, names } = namesOf(segment)
  return new Elysia({ prefix: `/api/${segment}`, tags: ['inventory'], normalize: false })
    .use(access)
    .use(models)
    .post('', (c) => sendCreatedVersion(c, resources.create(type, readCreation(c))), {
      ...createsVersion('Resource', { [`create${name}`]: `Add a ${name}` }, 409),
      access: 'admin',
      body: 'NewResource',
    })
    .get('', (c) => sendPage(c, resources.list({ type }, c.query, c.caller)), {
      ...lists('ResourceList', { [`list${names}`]: `List ${segment} by name` }),
      access: 'member',
      query: t.Object(pageQuery),
    })
    .get(
      '/availability',
      (c) => sendPage(c, availability.freeResources({ type }, c.query, c.caller)),
      {
        ...lists('ResourceList', {
          [`listFree${names}`]: `List ${segment} free for an entire window`,
        }),
        access: 'member',
        query: t.Object({ ...windowQuery, ...pageQuery }),
      },
    )
}

/** One resource: `/api/cars/{id}`, `/api/resources/{id}`. */
export function resourceRoutes<const Name extends Collection>(
  segment: Name,
  { resources, retirement, availability }: InventoryService,
) {
  const { name } = namesOf(segment)
  const of = pathOf(segment)
  return new Elysia({ prefix: `/api/${segment}`, tags: ['inventory'], normalize: false })
    .use(access)
    .use(models)
    .get('/:id', (c) => sendVersioned(c, resources.get(of(c.params), c.caller)), {
      ...readsVersion('Resource', { [`get${name}`]: `Get a ${name}` }),
      access: 'member',
      params,
    })
    .patch('/:id', (c) => sendVersioned(c, resources.change(of(c.params), readChange(c))), {
      ...changes('Resource', { [`change${name}`]: 'Change a resource' }, 409),
      access: 'admin',
      params,
      body: 'ResourceChange',
    })
    .delete('/:id', (c) => sendNothing(c, retirement.decommission(of(c.params), readEnd(c))), {
      ...removes({ [`decommission${name}`]: 'Take a resource out of service' }, inUse),
      access: 'admin',
      params,
      query: cancellation,
    })
    .get(
      '/:id/availability',
      (c) => availability.ofResource(of(c.params), readWindow(c.query), c.caller),
      {
        ...reads(
          'Availability',
          { [`get${name}Availability`]: 'List the busy and free times of a resource' },
          404,
        ),
        access: 'member',
        params,
        query: t.Object(windowQuery),
      },
    )
}

type EndRequest = Parameters<typeof readRemoval>[0] & { query: { allocations?: 'cancel' } }

const readEnd = (request: EndRequest) =>
  readRemoval(request, request.query.allocations === 'cancel')

/** Only for interval types: `/api/runways/{id}/slots`. */
export function slotRoutes<const Name extends Collection>(
  segment: Name,
  { availability }: InventoryService,
) {
  const { name } = namesOf(segment)
  const of = pathOf(segment)
  return new Elysia({ prefix: `/api/${segment}`, tags: ['inventory'], normalize: false })
    .use(access)
    .use(models)
    .get('/:id/slots', (c) => availability.slots(of(c.params), readWindow(c.query), c.caller), {
      ...reads(
        'SlotList',
        { [`list${name}Slots`]: 'List the slots of a resource, free or booked' },
        404,
      ),
      access: 'member',
      params,
      query: t.Object(windowQuery),
    })
}
