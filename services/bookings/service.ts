import type { Context } from '../../shared/context.ts'
import { prunableIdempotencyKeys } from '../../shared/idempotency.ts'
import { createChange } from './change-booking.ts'
import { createCreate } from './create-booking.ts'
import { createFind } from './find-bookings.ts'
import { createForget } from './forget.ts'
import { createReservations } from './reservations.ts'
import { createSettlement } from './settle.ts'
import { bookingsTables } from './tables.ts'

const resumeEvery_s = 5

/** The rules of bookings. Knows no HTTP. */
export function bookingsService(context: Context) {
  const { store } = context
  const tables = bookingsTables(store.columns)
  const reservations = createReservations(context)
  const settlement = createSettlement(context, tables, reservations)
  const find = createFind(context, tables, settlement)
  context.every(resumeEvery_s, 'finish bookings', settlement.resume)
  context.prune(prunableIdempotencyKeys(store))
  context.onUsersRemoved(createForget(store, tables))
  return {
    ...createCreate(context, tables, { reservations, settlement }),
    ...createChange(context, tables, { find, reservations, settlement }),
    list: find.list,
    get: find.get,
  }
}

export type BookingsService = ReturnType<typeof bookingsService>
