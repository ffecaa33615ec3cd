import { Elysia, t } from 'elysia'
import { access } from '../../../shared/access.ts'
import { sendCreatedTogether, sendNothing, sendPage } from '../../../shared/answer.ts'
import { readCreation, type IdempotentRequest } from '../../../shared/idempotency.ts'
import { pageQuery } from '../../../shared/page.ts'
import { answers, createsTogether, does, lists, reads } from '../../../shared/convention.ts'
import type { NewReservation } from '../../../shared/schemas/reservation.ts'
import { models } from '../models.ts'
import type { InventoryService } from '../service.ts'

const ofBookings = { access: { service: ['bookings'] } } as const

const takenText = [
  "List the service's allocations that others deleted",
  'Each is listed until the service releases it as well.',
] as const

const newText = [
  'List allocations that the service has not yet acknowledged',
  'By id, some at a time: the response that created them may have been lost.',
] as const

/** Allocations that another service makes for users: `/api/reservations`. */
export function reservationRoutes({
  reservations,
  readCalendarEntries,
  readCurrent,
}: InventoryService) {
  const { hold, look, keepEach, release, manage, list, findHidden } = reservations
  return new Elysia({ prefix: '/api/reservations', tags: ['inventory'], normalize: false })
    .use(access)
    .use(models)
    .use(moveRoutes(reservations))
    .use(noticeRoutes(reservations))
    .post('', (c) => sendCreatedTogether(c, hold(readHold(c), c.body)), {
      ...createsTogether(
        'AllocatedBundle',
        { holdReservation: 'Hold resources for a user' },
        {
          409: 'BundleProblem',
        },
      ),
      ...ofBookings,
      body: 'NewReservation',
    })
    .post('/outlook', (c) => look(c.body, c.caller), {
      ...answers('ReservationOutlook', { outlookReservation: 'Preview a hold' }),
      ...ofBookings,
      body: 'NewReservation',
    })
    .post('/keep', (c) => keepEach(c), {
      ...answers('ReservationOutcomes', { keepReservations: 'Confirm holds, or extend them' }),
      ...ofBookings,
      body: 'ReservationTerms',
    })
    .post('/release', (c) => sendNothing(c, release(c)), {
      ...does({ releaseReservation: 'Release allocations' }),
      ...ofBookings,
      body: 'ReservationRelease',
    })
    .post('/hidden', (c) => findHidden(c), {
      ...answers('HiddenResources', {
        findHiddenForReservation: 'List resources that a user may not see',
      }),
      ...ofBookings,
      body: 'SightQuery',
    })
    .put('/managed_types', (c) => manage(c.body, c.caller), {
      ...answers('ManagedTypes', {
        manageReservation: 'Set the types that the service has rules for',
      }),
      ...ofBookings,
      body: 'ManagedTargets',
    })
    .post('/calendar', (c) => readCalendarEntries(c.body, c.caller), {
      ...answers('CalendarEntries', { readCalendarEntries: 'List the entries of a calendar' }),
      ...ofBookings,
      body: 'CalendarQuery',
    })
    .post('/current', (c) => readCurrent(c.body, c.caller), {
      ...answers('CurrentReservations', {
        readCurrentReservations: 'Get the current and next bookings of resources',
      }),
      ...ofBookings,
      body: 'CurrentQuery',
    })
    .get('', (c) => sendPage(c, list(c.query, c.caller)), {
      ...lists('AllocationList', { listReservations: 'List allocations of the service by id' }),
      ...ofBookings,
      query: t.Object(pageQuery),
    })
}

function moveRoutes({ lookMoves, move, assign, spend }: InventoryService['reservations']) {
  return new Elysia({ normalize: false })
    .use(access)
    .use(models)
    .post('/move_outlook', (c) => lookMoves(c), {
      ...answers('ReservationOutlook', {
        outlookMoveOfReservation: 'List the conflicts of moves',
      }),
      ...ofBookings,
      body: 'MoveQuery',
    })
    .post('/move', (c) => sendNothing(c, move(c)), {
      ...does({ moveReservation: 'Move allocations, all or none' }, { 409: 'BundleProblem' }),
      ...ofBookings,
      body: 'ReservationMove',
    })
    .post('/changes', (c) => sendNothing(c, spend(c)), {
      ...does({ countChangesOfReservations: "Count changes towards a user's daily limit" }, 429),
      ...ofBookings,
      body: 'ReservationWork',
    })
    .post('/assign', (c) => sendNothing(c, assign(c)), {
      ...does({ assignReservation: 'Give allocations to another person' }),
      ...ofBookings,
      body: 'ReservationPerson',
    })
}

/** What the service has yet to take note of. */
function noticeRoutes({ listNew, know, listTaken }: InventoryService['reservations']) {
  return new Elysia({ normalize: false })
    .use(access)
    .use(models)
    .get('/new', (c) => listNew(c.caller), {
      ...reads('NewReservations', { listNewReservations: newText }),
      ...ofBookings,
    })
    .get('/taken', (c) => listTaken(c.caller), {
      ...reads('TakenReservations', { listTakenReservations: takenText }),
      ...ofBookings,
    })
    .post('/known', (c) => sendNothing(c, know(c)), {
      ...does({ knowReservations: 'Acknowledge allocations that the service created' }),
      ...ofBookings,
      body: 'KnownReservations',
    })
}

type Asked = IdempotentRequest & { body: NewReservation }

// Who retries may be in other groups by then, and other rules be in force.
function readHold<Request extends Asked>({ body, ...request }: Request) {
  const { viewer: _, hold_for: __, ...bundle } = body
  return readCreation({ ...request, body: bundle })
}
