import type { Change } from '../../shared/version.ts'
import type { Context } from '../../shared/context.ts'
import { prunableIdempotencyKeys, type Creation } from '../../shared/idempotency.ts'
import { createOriginReader } from '../../shared/origin.ts'
import type { Booking, NewBooking } from '../../shared/schemas/booking.ts'
import type { NewBookingSeries } from '../../shared/schemas/booking-series.ts'
import type { NewPolicy } from '../../shared/schemas/policy.ts'
import { createAbandon, type Abandon } from './abandon.ts'
import { createAudit } from './audit.ts'
import { createCalendarService } from './calendars/service.ts'
import { createClosedDays } from './calendars/closed-days.ts'
import { createAttachments } from './attachments/attachments.ts'
import { createChange } from './change-booking.ts'
import { createCreate } from './create-booking.ts'
import { createEnd } from './end-booking.ts'
import { createDisplayService } from './displays/service.ts'
import { createDeciders } from './events/deciders.ts'
import { createDue } from './events/due.ts'
import { createEventLog } from './events/event-log.ts'
import { createFind } from './find-bookings.ts'
import { createForesight } from './foresight.ts'
import { createForget } from './forget.ts'
import { createLeaving } from './leaving/leaving.ts'
import { handoverService } from './handover/service.ts'
import { createLate } from './handover/late.ts'
import { createManaged } from './managed.ts'
import { createPolicies } from './policies.ts'
import { createManagerCheck, createTrial } from './policy-trial.ts'
import { requireRules } from './policy/check-rules.ts'
import { createPolicySight } from './policy-sight.ts'
import { createQuotas } from './quotas.ts'
import { refoldSearchTexts } from './refold.ts'
import { createRefusedDemand } from './usage/refused-demand.ts'
import { createReports } from './usage/service.ts'
import { createRunOnce } from './replay.ts'
import { createReservations, type Reservations } from './reservations.ts'
import { createRulebook } from './rulebook.ts'
import { createSettlement } from './settle.ts'
import { seriesService } from './series/service.ts'
import { bookingsTables, type BookingsTables } from './tables.ts'
import { createTypeIds } from './type-ids.ts'
import { createTaken } from './taken.ts'
import { createTransition } from './transition.ts'

const resumeEvery_s = 5

/** The rules of bookings. Knows no HTTP. */
export function bookingsService(context: Context) {
  const { store } = context
  const tables = bookingsTables(store.columns)
  const reservations = createReservations(context)
  const policies = createPolicies(context, tables, createPolicySight(store, tables, reservations))
  const quotas = createQuotas(store, tables)
  const rulebook = createRulebook(context, tables, { policies, quotas })
  const foresight = createForesight(reservations, rulebook)
  const demand = createRefusedDemand(context, tables, foresight.typeOf)
  const abandon = abandonInTime(context, tables, reservations)
  const settlement = createSettlement(context, tables, reservations)
  const markLate = createLate(context, tables)
  const find = createFind(context, tables, { markLate, rulebook, settlement })
  const transition = createTransition(context, tables, { find, settlement })
  const once = createRunOnce<Booking>(store, ({ id }) => settlement.find(id))
  const typeIds = createTypeIds(context, tables, reservations)
  const changing = { abandon, find, once, reservations, rulebook, settlement, transition }
  const change = createChange(context, tables, changing)
  const managed = createManaged(context, tables, { policies, reservations })
  context.every(resumeEvery_s, 'tell what has rules', managed.keep)
  context.every(resumeEvery_s, 'finish bookings', settlement.resume)
  context.every(resumeEvery_s, 'cancel what was taken', createTaken(context, tables, changing))
  context.prune(prunableIdempotencyKeys(store))
  refoldSearchTexts(context, tables)
  const events = createEventLog(context, tables)
  context.prune(events.prunable)
  context.onUsersRemoved(createForget(store, tables))
  const { calendars, feeds } = createCalendarService(context, tables, { ...changing, typeIds })
  context.onUsersRemoved(demand.forget)
  const series = seriesService(context, tables, { ...changing, quotas, typeIds })
  const handover = handoverService(context, tables, { ...changing, change, policies })
  const { photos } = handover
  const { create, look } = createCreate(context, tables, { ...changing, foresight, photos })
  return {
    attachments: createAttachments(context, tables, { find, photos, rulebook }),
    create: (creation: Creation<NewBooking>) => demand.observe(creation, () => create(creation)),
    look,
    ...createReports(context, tables, { ...changing, policies, demand }),
    ...createEnd(context, tables, { find, rulebook, transition }),
    calendars,
    displays: createDisplayService(context, tables, { ...changing, typeIds }),
    events: {
      ...events,
      listDue: createDue(context, tables),
      findDeciders: createDeciders(store, tables, policies),
    },
    feeds,
    leaving: createLeaving(context, tables, { rulebook, settlement, transition }),
    readClosedDays: createClosedDays(context),
    readOrigin: createOriginReader(context),
    change,
    handover,
    audit: createAudit(context, tables, reservations),
    series: {
      ...series,
      createSeries: (creation: Creation<NewBookingSeries>) =>
        demand.observe(creation, () => series.createSeries(creation)),
    },
    list: find.list,
    countPending: find.countPending,
    get: find.get,
    policies: {
      ...policies,
      tryPolicy: createTrial(context, policies),
      isManager: createManagerCheck(rulebook),
      create: async (creation: Creation<NewPolicy>) => {
        requireRules(creation.body)
        return managed.whileReported(creation.body, () => policies.create(creation))
      },
      end: async (id: string, wanted: Change<unknown>) => {
        await policies.end(id, wanted)
        await managed.keep()
      },
    },
  }
}

function abandonInTime(
  context: Context,
  tables: BookingsTables,
  reservations: Reservations,
): Abandon {
  const abandon = createAbandon(context, tables, reservations)
  context.every(resumeEvery_s, 'give back what nobody recorded', abandon.sweep)
  context.prune(abandon.prunable)
  return abandon
}

export type BookingsService = ReturnType<typeof bookingsService>
