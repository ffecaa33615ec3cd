import type { Context } from '../../shared/context.ts'
import { createDailyLimit, prunableDailyCounts } from '../../shared/daily-limit.ts'
import { prunableIdempotencyKeys } from '../../shared/idempotency.ts'
import { fold } from '../../shared/fold.ts'
import { folded, refold } from '../../shared/refold.ts'
import { createAllocateMany } from './allocate-many.ts'
import { createAllocationList } from './allocation-list.ts'
import { createAllocations } from './allocations.ts'
import { createAudit, requireConstraint } from './audit.ts'
import { createAvailability } from './availability.ts'
import { createForget } from './history/forget.ts'
import { prunableVersions } from './history/retention.ts'
import { createVersions } from './history/versions.ts'
import { createHolds } from './holds.ts'
import { createLeaving } from './leaving/leaving.ts'
import { createOpenings } from './openings/openings.ts'
import { createEventLog } from './event-log.ts'
import { createEvents, prunableEvents } from './events.ts'
import { createChanges } from './history/changes.ts'
import { createPhotos } from './photos.ts'
import { createCalendarEntries } from './reservations/calendar-entries.ts'
import { createCurrent } from './reservations/current.ts'
import { createOutlook } from './reservations/outlook.ts'
import { createReservations } from './reservations/reservations.ts'
import { createResources } from './resources.ts'
import { createSearch } from './resource-search.ts'
import { createRetirement } from './retirement.ts'
import { inventoryTables } from './tables.ts'
import { createNames } from './news/names.ts'
import { createNews } from './news/news.ts'
import { createTypes } from './types.ts'
import { createCheck } from './waitlist/free-already.ts'
import { createSight } from './waitlist/sight.ts'
import { createUpkeep } from './waitlist/upkeep.ts'
import { createWaitlist } from './waitlist/waitlist.ts'
import { createWithdrawal } from './withdrawal/withdrawal.ts'

// How soon the pins of removed photos are reviewed; files then waits some minutes more.
const reviewEvery_s = 15

/** The rules of inventory. Knows no HTTP. */
export function inventoryService(context: Context) {
  const { store } = context
  const tables = inventoryTables(store.columns)
  const types = createTypes(context, tables)
  const photos = createPhotos(context, tables)
  const resources = createResources(context, tables, { types, photos })
  context.every(reviewEvery_s, 'review photos', photos.review)
  const log = createEventLog(store, tables)
  const changes = createChanges(store, tables, log)
  const limit = createDailyLimit(
    context,
    'bookings and changes',
    context.config.USER_BOOKINGS_PER_DAY,
  )
  context.check('overlap constraint', () => requireConstraint(store))
  const holds = createHolds(context, tables)
  const check = createCheck(context, tables)
  const upkeep = createUpkeep(context, tables, check)
  const waitlist = createWaitlist(context, tables, { resources, types, limit, check })
  context.every(1, 'serve who waits', upkeep.run)
  context.every(2, 'learn what those who wait may see', createSight(context, tables).run)
  context.onUsersRemoved(waitlist.forget)
  context.prune(upkeep.prunable)
  const readFilter = createSearch(context, tables, types)
  context.prune(prunableEvents(context.config, tables))
  context.prune(holds.prunable)
  const formerVersions = prunableVersions(context, tables)
  if (formerVersions) context.prune(formerVersions)
  context.prune(prunableIdempotencyKeys(store))
  context.prune(prunableDailyCounts(store))
  refold(context, {
    resources: folded(tables.resources, [tables.resources.id], ({ name }) => ({
      search_name: fold(name),
    })),
  })
  context.onUsersRemoved(createForget(store, tables))
  const allocateMany = createAllocateMany(context, tables, { types, limit })
  const outlook = createOutlook(context, tables, types)
  const listAllocations = createAllocationList(context, tables)
  return {
    types,
    resources,
    photos,
    setPhoto: resources.setPhoto,
    retirement: createRetirement(context, tables, resources),
    readFilter,
    allocations: createAllocations(context, tables, { resources, types, limit }),
    allocateMany,
    reservations: createReservations(context, tables, { allocateMany, outlook, limit }),
    readCalendarEntries: createCalendarEntries(context, tables, {
      listAllocations,
      resources,
      types,
    }),
    readCurrent: createCurrent(context, tables),
    holds,
    waitlist,
    withdraw: createWithdrawal(context, tables, { resources, types }),
    listOpenings: createOpenings(context, tables, { resources, types, readFilter }),
    versions: createVersions(context, tables, resources),
    listAllocations,
    availability: createAvailability(context, tables, resources),
    events: createEvents(log),
    changes: { ...changes, follow: createEvents({ ...log, ...changes }).follow },
    leaving: createLeaving(context, tables),
    news: createNews(store, tables, log),
    nameResources: createNames(store, tables),
    audit: createAudit(store, tables),
  }
}

export type InventoryService = ReturnType<typeof inventoryService>
