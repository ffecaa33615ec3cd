import type { Context } from '../../../shared/context.ts'
import type { createChange } from '../change-booking.ts'
import type { Find } from '../find-bookings.ts'
import type { Policies } from '../policies.ts'
import type { Once } from '../replay.ts'
import type { Reservations } from '../reservations.ts'
import type { Rulebook } from '../rulebook.ts'
import type { Settlement } from '../settle.ts'
import type { BookingsTables } from '../tables.ts'
import type { Transition } from '../transition.ts'
import { createBeginEarly } from './begin-early.ts'
import { createCorrect } from './correct.ts'
import { createExtend } from './extend.ts'
import { createHandover } from './hand-over.ts'
import { createListHandovers } from './list-handovers.ts'
import { createOdometer } from './odometer.ts'
import { createPhotos } from './photos.ts'
import { createResourceCodes } from './resource-code.ts'
import { createResourceNow } from './resource-now.ts'
import { createShorten } from './shorten.ts'
import { createReadGrids } from './slot-grids.ts'

interface Dependencies {
  change: ReturnType<typeof createChange>
  find: Find
  once: Once
  policies: Policies
  reservations: Reservations
  rulebook: Rulebook
  settlement: Settlement
  transition: Transition
}

const reviewEvery_s = 15

/** The rules of handovers, and of printed codes. */
export function handoverService(
  context: Context,
  tables: BookingsTables,
  dependencies: Dependencies,
) {
  const { rulebook, settlement } = dependencies
  const handovers = createListHandovers(context, tables, dependencies)
  const odometer = createOdometer(context, tables)
  const photos = createPhotos(context, tables, settlement)
  context.every(reviewEvery_s, 'review photos', photos.review)
  const readGrids = createReadGrids(context)
  const shorten = createShorten(context, tables, readGrids)
  const beginEarly = createBeginEarly(context, tables, { ...dependencies, readGrids })
  return {
    ...createHandover(context, tables, { ...dependencies, beginEarly, odometer, photos, shorten }),
    ...createCorrect(context, tables, { handovers, odometer, photos, rulebook }),
    photos,
    extend: createExtend(dependencies),
    list: handovers.list,
    get: handovers.get,
    codes: createResourceCodes(context, tables, createResourceNow(context, tables, dependencies)),
  }
}
