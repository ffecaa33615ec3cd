import { Elysia, t } from 'elysia'
import { access } from '../../shared/access.ts'
import { sendCreatedVersion, sendNothing, sendVersioned } from '../../shared/answer.ts'
import { readCreation } from '../../shared/idempotency.ts'
import { changes, createsVersion, reads, readsVersion, removes } from '../../shared/convention.ts'
import { Id } from '../../shared/schemas/primitive.ts'
import { readChange } from '../../shared/version.ts'
import { models } from './models.ts'
import type { InventoryService } from './service.ts'

const params = t.Object({ id: Id })

/** Resource types: `/api/resource_types`. */
export function resourceTypeRoutes({ types }: InventoryService) {
  return new Elysia({ prefix: '/api/resource_types', tags: ['inventory'], normalize: false })
    .use(access)
    .use(models)
    .get('', () => types.list(), {
      ...reads('ResourceTypeList', { listResourceTypes: 'List resource types' }),
      access: 'public',
    })
    .post('', (c) => sendCreatedVersion(c, types.create(readCreation(c))), {
      ...createsVersion('ResourceType', { createResourceType: 'Add a resource type' }, 409),
      access: 'admin',
      body: 'NewResourceType',
    })
    .get('/:id', (c) => sendVersioned(c, types.get(c.params.id)), {
      ...readsVersion('ResourceType', { getResourceType: 'Get a resource type' }),
      access: 'admin',
      params,
    })
    .patch('/:id', (c) => sendVersioned(c, types.change(c.params.id, readChange(c))), {
      ...changes('ResourceType', { changeResourceType: changeText }, 409),
      access: 'admin',
      params,
      body: 'ResourceTypeChange',
    })
    .delete('/:id', (c) => sendNothing(c, types.remove(c.params.id, readChange(c))), {
      ...removes({ deleteResourceType: 'Delete a resource type without resources' }, 409),
      access: 'admin',
      params,
    })
}

const changeText = [
  'Change a resource type',
  'A new grid must fit all existing bookings. Existing resources keep their properties; the new ' +
    'rules apply when a resource is created or changed.',
] as const
