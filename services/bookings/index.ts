import { Elysia } from 'elysia'
import type { Context } from '../../shared/context.ts'
import { bookingRoutes } from './booking-routes.ts'
import { attachmentRoutes } from './attachments/attachment-routes.ts'
import { bookingFileRoutes, calendarRoutes } from './calendars/calendar-routes.ts'
import { displayRoutes } from './displays/display-routes.ts'
import { eventRoutes } from './events/event-routes.ts'
import { exportRoutes } from './export/export-routes.ts'
import { leavingRoutes } from './leaving/leaving-routes.ts'
import { closedDayRoutes } from './calendars/closed-day-routes.ts'
import { codeRoutes } from './handover/code-routes.ts'
import { handoverRoutes } from './handover/handover-routes.ts'
import { policyRoutes } from './policy-routes.ts'
import { seriesRoutes } from './series/series-routes.ts'
import { reportRoutes } from './usage/report-routes.ts'
import { bookingsService } from './service.ts'

/** People, rules and decisions in front of inventory, which alone decides what is free. */
export function bookings(context: Context) {
  const service = bookingsService(context)
  return new Elysia({ name: 'bookings', tags: ['bookings'], normalize: false })
    .use(bookingRoutes(service))
    .use(eventRoutes(service))
    .use(handoverRoutes(service))
    .use(attachmentRoutes(service))
    .use(codeRoutes(service))
    .use(policyRoutes(service))
    .use(seriesRoutes(service))
    .use(closedDayRoutes(service))
    .use(calendarRoutes(service))
    .use(bookingFileRoutes(service))
    .use(displayRoutes(service))
    .use(leavingRoutes(service))
    .use(reportRoutes(service))
    .use(exportRoutes(service))
}

export type BookingsApi = ReturnType<typeof bookings>
