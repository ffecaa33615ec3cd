import { Elysia } from 'elysia'
import { access } from '../../shared/access.ts'
import { reads } from '../../shared/convention.ts'
import type { Context } from '../../shared/context.ts'
import { openingRoutes } from './opening-routes.ts'
import { eventRoutes } from './event-routes.ts'
import { everyAllocationRoutes } from './every-allocation-routes.ts'
import { anyTypeRoutes } from './any-type-routes.ts'
import { leavingRoutes } from './leaving/leaving-routes.ts'
import { models } from './models.ts'
import { photoRoutes } from './photo-routes.ts'
import { resourceTypeRoutes } from './resource-type-routes.ts'
import { continuousRoutes, intervalRoutes } from './type-routes.ts'
import { newsRoutes } from './news/news-routes.ts'
import { historyRoutes } from './history-routes.ts'
import { reservationRoutes } from './reservations/reservation-routes.ts'
import { inventoryService } from './service.ts'
import { waitlistRoutes } from './waitlist-routes.ts'

const auditText = [
  'Audit the stored bookings: overlaps must be 0',
  'Reads every booking. Concurrent requests share one run.',
] as const

/** Resources that can be booked, never twice for the same time. */
export function inventory(context: Context) {
  const service = inventoryService(context)
  return (
    new Elysia({ name: 'inventory', tags: ['inventory'], normalize: false })
      .use(access)
      .use(models)
      .get('/api/allocations/audit', () => service.audit(), {
        ...reads('Audit', { auditAllocations: auditText }),
        access: 'admin',
      })
      .use(leavingRoutes(service))
      .use(newsRoutes(service))
      .use(everyAllocationRoutes(service))
      .use(reservationRoutes(service))
      .use(waitlistRoutes(service))
      .use(openingRoutes(service))
      .use(historyRoutes(service))
      .use(eventRoutes(service, context))
      .use(resourceTypeRoutes(service))
      .use(photoRoutes(service))
      .use(anyTypeRoutes(service))
      // One line per entry of resource-types.ts, so that Eden clients have typed paths.
      .use(continuousRoutes('cars', service))
      .use(continuousRoutes('lorries', service))
      .use(continuousRoutes('trucks', service))
      .use(intervalRoutes('runways', service))
      .use(intervalRoutes('launchpads', service))
  )
}

export type InventoryApi = ReturnType<typeof inventory>
