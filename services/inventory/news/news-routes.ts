import { Elysia, t } from 'elysia'
import { access } from '../../../shared/access.ts'
import { answers, reads } from '../../../shared/convention.ts'
import { logQuery } from '../../../shared/event-log.ts'
import {
  InventoryEvents,
  ResourceNames,
  ResourceNaming,
} from '../../../shared/schemas/inventory-event.ts'
import type { InventoryService } from '../service.ts'

const models = new Elysia({ name: 'inventory event models' }).model({
  InventoryEvents,
  ResourceNames,
  ResourceNaming,
})

const forWhoTells = { access: { service: ['notifications'] } } as const

const listText = [
  'List events that users are notified of, in commit order',
  'At most 500 at once; `next` continues. Without `after`, or when it is from a history that a ' +
    'restored backup has ended, starts with the oldest event kept.',
] as const

/** For the service that notifies people. */
export function newsRoutes({ news, nameResources }: InventoryService) {
  return new Elysia({ tags: ['inventory'], normalize: false })
    .use(access)
    .use(models)
    .get('/api/resources/events', (c) => news.listAfter(c.query.after), {
      ...reads('InventoryEvents', { listInventoryEvents: listText }),
      ...forWhoTells,
      query: t.Object(logQuery),
    })
    .post('/api/resources/names', (c) => nameResources(c.body.ids), {
      ...answers('ResourceNames', { nameResources: 'Get the names of resources' }),
      ...forWhoTells,
      body: 'ResourceNaming',
    })
}
