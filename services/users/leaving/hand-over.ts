import type { ProblemCode, ThingOf } from '../../../shared/problem-code.ts'
import { eq } from 'drizzle-orm'
import type { Caller } from '../../../shared/access.ts'
import type { Context } from '../../../shared/context.ts'
import type { Origin, SecurityLog } from '../../../shared/host/security-log.ts'
import { conflict, invalid, unavailable } from '../../../shared/problem.ts'
import type {
  BookingHandOver,
  BookingRelease,
  HandedOver,
  HandOver,
  Progress,
} from '../../../shared/schemas/leaving.ts'
import type { Problem } from '../../../shared/schemas/problem.ts'
import type { BookingsApi } from '../../bookings/index.ts'
import type { FilesApi } from '../../files/index.ts'
import type { InventoryApi } from '../../inventory/index.ts'
import type { Accounts } from '../accounts.ts'
import type { UsersTables } from '../tables.ts'

interface Request<Body> {
  /** The account. */
  id: string
  body: Body
  caller: Caller
  origin: Origin
}

interface Answer {
  data: Progress | null
  error: { status: unknown; value: unknown } | null
}

/**
 * Hands an account's things over to a colleague, or releases them. Each service does its part in
 * its own commits; repeat the request after a refusal or crash.
 */
export function createHandOver(
  { store, client }: Context,
  { users }: UsersTables,
  { accounts, security }: { accounts: Accounts; security: SecurityLog },
) {
  const allocationsOf = () => client<InventoryApi>('inventory').api.allocations
  const bookingsOf = () => client<BookingsApi>('bookings').api.bookings
  const filesOf = () => client<FilesApi>('files').api.files

  /** @throws 404, 409 if they are disabled, 422 if it is the same user */
  async function requireReceiver(from: string, to: string): Promise<void> {
    await accounts.get(from)
    if (from === to) throw invalid([{ pointer: '#/to', detail: 'It is the same account.' }])
    const [receiver] = await store.db.select().from(users).where(eq(users.id, to))
    if (!receiver) {
      throw invalid([{ pointer: '#/to', detail: 'There is no such account.' }])
    }
    if (receiver.disabled === null) return
    throw conflict('receiver_disabled', 'Their account is disabled. Choose somebody else.')
  }

  /** First the allocations in inventory, then the bookings under rules. */
  async function handOverBookings(asked: BookingHandOver): Promise<Progress> {
    return add(
      toProgress('inventory', await allocationsOf().hand_over.post(asked)),
      toProgress('bookings', await bookingsOf().hand_over.post(asked)),
    )
  }

  async function handOver(request: Request<HandOver>): Promise<HandedOver> {
    const { id: from, body, caller, origin } = request
    const { to, bookings, files } = body
    await requireReceiver(from, to)
    const parts = {
      bookings: async (dry_run: boolean) =>
        bookings === undefined
          ? null
          : handOverBookings({ from, to, bookings, by: caller.id, dry_run }),
      files: async (dry_run: boolean) =>
        files === undefined
          ? null
          : toProgress(
              'files',
              await filesOf().hand_over.post({ from, to, files, by: caller.id, dry_run }),
            ),
    }
    // Refusals of either are found before the other begins.
    await Promise.all([parts.bookings(true), parts.files(true)])
    const about = { actor: caller.id, user: from, to, origin }
    const handedOver: HandedOver = { bookings: await parts.bookings(false), files: null }
    if (handedOver.bookings) security('bookings_handed_over', { ...about, ...handedOver.bookings })
    handedOver.files = await parts.files(false)
    if (handedOver.files) security('files_handed_over', { ...about, ...handedOver.files })
    return handedOver
  }

  async function release(request: Request<BookingRelease>): Promise<Progress> {
    const { id: from, body, caller, origin } = request
    await accounts.get(from)
    const { bookings } = body
    const asked = { from, bookings, by: caller.id }
    const progress = add(
      toProgress('inventory', await allocationsOf().release.post(asked)),
      toProgress('bookings', await bookingsOf().release.post(asked)),
    )
    security('bookings_released', { actor: caller.id, user: from, origin, ...progress })
    return progress
  }

  return { handOver, release }
}

function add(one: Progress, other: Progress): Progress {
  return { done: one.done + other.done, left: one.left + other.left }
}

/** @throws the service's refusal; 503 if it is unavailable */
function toProgress(service: ThingOf<'_unavailable'>, { data, error }: Answer): Progress {
  if (data) return data
  const problem = error?.value as (Partial<Problem> & { code?: ProblemCode }) | undefined
  if (error?.status === 409 && problem?.code && problem.detail) {
    throw conflict(problem.code, problem.detail)
  }
  throw unavailable(
    `${service}_unavailable`,
    `The ${service} service is unavailable. Please retry.`,
  )
}
