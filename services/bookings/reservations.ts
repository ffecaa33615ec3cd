import { isAdministrator, type Caller } from '../../shared/access.ts'
import type { Context } from '../../shared/context.ts'
import { readNextCursor } from '../../shared/page.ts'
import { isRefusal, type Answered } from '../../shared/problem.ts'
import type { CalendarEntries, CalendarQuery } from '../../shared/schemas/calendar.ts'
import type { CurrentQuery, CurrentReservations } from '../../shared/schemas/display.ts'
import type { Allocation } from '../../shared/schemas/allocation.ts'
import type { AllocatedBundle } from '../../shared/schemas/allocation-bundle.ts'
import type {
  HiddenResources,
  ManagedTargets,
  ManagedTypes,
  NewReservation,
  NewReservations,
  ReservationOutcome,
  ReservationOutcomes,
  ReservationOutlook,
  ReservationTerm,
  TakenReservations,
} from '../../shared/schemas/reservation.ts'
import { createGroupCommit } from '@campus/store/group-commit.ts'
import type { InventoryApi } from '../inventory/index.ts'
import { toInventoryProblem } from './inventory-problem.ts'

/** The time and resource of an allocation, in milliseconds since 1970. */
export interface Place {
  allocation_id: string
  /** Undefined: unchanged. */
  resource_id: string | undefined
  from_datetime: number
  to_datetime: number
}

/** How long to keep an allocation (undefined: for good), for whom, and as of which change. */
interface Term {
  until: number | undefined
  by: string
  fence: number
}

interface Sight {
  hidden: string[]
  /** By the id of a resource. */
  types: Map<string, string>
  typeIds: Map<string, string | undefined>
}

/** All calls from bookings to inventory. Each is one commit there, and safe to retry. */
export function createReservations({ client }: Pick<Context, 'client'>) {
  const api = () => client<InventoryApi>('inventory').api.reservations
  const keepTogether = createKeepTogether(async (terms) => {
    return read<ReservationOutcomes>(await api().keep.post({ terms })).outcomes
  })

  /** What a viewer cannot see of these, and the types of all. */
  async function see(ids: string[], viewer: NewReservation['viewer']): Promise<Sight> {
    return toSight(read(await api().hidden.post({ ids, viewer })))
  }

  async function* list(): AsyncIterable<Allocation[]> {
    for (let cursor: string | undefined; ;) {
      const query = { limit: '200', ...(cursor !== undefined && { cursor }) }
      const answer = await api().get({ query })
      yield read(answer)
      cursor = readNextCursor(answer.response)
      if (cursor === undefined) return
    }
  }

  return {
    /**
     * @param key makes it safe to retry; undefined: nobody will, and no answer is stored
     * @throws 409 `not_all_free`, 422, 503
     */
    hold: async (body: NewReservation, key: string | undefined): Promise<AllocatedBundle> => {
      const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key }
      return read(await api().post(body, { headers }))
    },
    /** What a hold would get. */
    look: async (body: NewReservation): Promise<ReservationOutlook> =>
      read(await api().outlook.post(body)),
    /** What would block these moves, by index. */
    lookMoves: async (
      places: Place[],
      viewer: NewReservation['viewer'],
    ): Promise<ReservationOutlook['refused']> => {
      const items = places.map(toMove)
      return read<ReservationOutlook>(await api().move_outlook.post({ items, viewer })).refused
    },
    /**
     * @param until undefined: for good
     * @param fence as for `move`
     * @returns false if it is gone; if it was changed since, that change keeps it
     */
    keep: async (ids: string[], { until, by, fence }: Term): Promise<boolean> => {
      const held_until = until === undefined ? null : new Date(until).toISOString()
      return (await keepTogether({ ids, held_until, by, fence })) !== 'gone'
    },
    /**
     * @param fence higher for each later move of the same allocation
     * @returns false if it is gone
     * @throws 409 `not_all_free`; 409 `reservation_superseded` if a later move came first
     */
    move: async (places: Place[], by: string, fence: number): Promise<boolean> => {
      const items = places.map(toMove)
      return isKept(await api().move.post({ items, by, fence }))
    },
    /** Negative values refund. @throws 429 above the viewer's daily limit */
    spend: async (changes: number, viewer: NewReservation['viewer']): Promise<void> => {
      require(await api().changes.post({ changes, viewer }))
    },
    /** Assigns them to another person. @param fence as for `move` */
    assign: async (
      ids: string[],
      { booked_for, by, fence }: { booked_for: string; by: string; fence: number },
    ): Promise<void> => {
      require(await api().assign.post({ ids, booked_for, by, fence }))
    },
    release: async (ids: string[], by: string): Promise<void> => {
      require(await api().release.post({ ids, by }))
    },
    /** A batch of allocations made for bookings and not acknowledged yet. */
    listNew: async () => read<NewReservations>(await api().new.get()).reservations,
    know: async (ids: string[]): Promise<void> => {
      require(await api().known.post({ ids }))
    },
    /** A batch of allocations deleted by others, listed until released. */
    listTaken: async (): Promise<string[]> => read<TakenReservations>(await api().taken.get()).ids,
    /** The resources among these that a viewer cannot see. */
    findHidden: async (ids: string[], viewer: NewReservation['viewer']): Promise<string[]> =>
      (await see(ids, viewer)).hidden,
    see,
    /** Reports targets with rules: types by name, resources by id. */
    manage: async (targets: ManagedTargets): Promise<ManagedTypes> =>
      read(await api().managed_types.put(targets)),
    listTypes: async () => read(await client<InventoryApi>('inventory').api.resource_types.get()),
    /** The entries of a user's calendar. */
    readCalendar: async (query: CalendarQuery): Promise<CalendarEntries> =>
      read(await api().calendar.post(query)),
    /** The current and next bookings of resources. */
    readCurrent: async (query: CurrentQuery): Promise<CurrentReservations> =>
      read(await api().current.post(query)),
    /** All allocations of bookings by id, page by page. */
    list,
  }
}

/** Simultaneous keeps share one request. */
function createKeepTogether(write: (terms: ReservationTerm[]) => Promise<ReservationOutcome[]>) {
  return createGroupCommit<ReservationTerm, ReservationOutcome>({
    write,
    concurrency: 4,
    // The limit of one request.
    rowsOf: ({ ids }) => ids.length,
    // A refusal concerns one of them.
    isOfAll: (error) => !isRefusal(error),
  })
}

function toSight({ ids, types = [] }: HiddenResources): Sight {
  return {
    hidden: ids,
    types: new Map(types.map((it) => [it.resource_id, it.resource_type])),
    typeIds: new Map(types.map((it) => [it.resource_id, it.type_id])),
  }
}

export type Reservations = ReturnType<typeof createReservations>

function toMove({ allocation_id: id, resource_id, from_datetime, to_datetime }: Place) {
  const [from, to] = [new Date(from_datetime), new Date(to_datetime)]
  const where = resource_id === undefined ? {} : { resource_id }
  return { id, ...where, from_datetime: from.toISOString(), to_datetime: to.toISOString() }
}

/** The viewer that inventory checks visibility for. */
export function toViewer(caller: Caller): NewReservation['viewer'] {
  return { id: caller.id, groups: isAdministrator(caller) ? null : [...caller.groups] }
}

/** Items with the current names of their types: a type without policies can be renamed. */
export function withNames<Item extends { resource_id: string; resource_type: string }>(
  items: readonly Item[],
  { types }: Pick<Sight, 'types'>,
): Item[] {
  return items.map((item) => {
    return { ...item, resource_type: types.get(item.resource_id) ?? item.resource_type }
  })
}

interface Answer extends Answered {
  data: unknown
}

function read<T>(answer: Answer & { data: T | null }): T {
  if (answer.error) throw toInventoryProblem(answer)
  return answer.data as T
}

function require(answer: Answer): void {
  if (answer.error) throw toInventoryProblem(answer)
}

function isKept(answer: Answer): boolean {
  if (!answer.error) return true
  const problem = toInventoryProblem(answer)
  if (problem.code === 'reservation_gone') return false
  throw problem
}
