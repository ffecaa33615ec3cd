import type { Context } from '../../../shared/context.ts'
import type { ThingOf } from '../../../shared/problem-code.ts'
import { unavailable } from '../../../shared/problem.ts'
import type { BookingDeciders } from '../../../shared/schemas/booking-event.ts'
import type { Recipient, Recipients } from '../../../shared/schemas/recipient.ts'
import type { BookingsApi } from '../../bookings/index.ts'
import type { InventoryApi } from '../../inventory/index.ts'
import type { UsersApi } from '../../users/index.ts'

/** A booking to be decided, or what of it is damaged. */
export interface Asked {
  id: string
  /** The requester, who is not notified of their own request. */
  by: string | null
  /** The resource that is damaged, if it is about that. */
  damaged?: string
}

/** More managers than anybody has; bounds the cost of one request. */
const decidersMax = 100
const idsAtOnce = 200

/** Data of other services: people, deciders, names. @throws 503 while one is unavailable */
export function createDirectory({ client, log }: Pick<Context, 'client' | 'log'>) {
  const users = () => client<UsersApi>('users').api.users

  /** The active accounts among these. */
  async function findPeople(ids: Iterable<string>): Promise<Map<string, Recipient>> {
    const found: Recipients = []
    for (const some of toPieces([...new Set(ids)])) {
      found.push(...read('users', await users().recipients.post({ ids: some })))
    }
    return new Map(found.map((person) => [person.user_id, person]))
  }

  /**
   * The deciders of each: its managers, otherwise administrators; of damage, who manages what is
   * damaged. Each set of groups is queried separately, so that a large one hides no other.
   */
  async function findDeciders(all: Asked[]): Promise<Recipient[][]> {
    const groups = await findGroups(all)
    const found = new Map<string, Recipient[]>()
    let administrators: Recipient[] | undefined
    const deciders: Recipient[][] = []
    for (const [at, { id, by }] of all.entries()) {
      const own = groups[at]
      const others = (those: Recipient[]) => those.filter(({ user_id }) => user_id !== by)
      const key = (own ?? []).toSorted().join()
      const members = found.get(key) ?? (await findMembers(own ?? []))
      found.set(key, members)
      const managers = others(members)
      const notified =
        managers.length > 0 || !own
          ? managers
          : others((administrators ??= await findAdministrators()))
      if (notified.length > decidersMax) {
        log.warn('not all who may decide are notified', { booking: id, notified: decidersMax })
      }
      deciders.push(notified.slice(0, decidersMax))
    }
    return deciders
  }

  /** @returns of each, as asked; undefined: there is no such booking */
  async function findGroups(all: Asked[]): Promise<(string[] | undefined)[]> {
    const found = new Map<string, BookingDeciders[number]>()
    for (const ids of toPieces([...new Set(all.map(({ id }) => id))])) {
      const api = client<BookingsApi>('bookings').api.bookings
      for (const one of read('bookings', await api.deciders.post({ ids }))) {
        found.set(one.booking_id, one)
      }
    }
    return all.map(({ id, damaged }) => {
      const one = found.get(id)
      const own = one?.damaged?.find(({ resource_id }) => resource_id === damaged)
      return own?.groups ?? one?.groups
    })
  }

  async function findMembers(groups: string[]): Promise<Recipient[]> {
    if (groups.length === 0) return []
    const asked = { ids: [], groups: groups.slice(0, idsAtOnce) }
    return read('users', await users().recipients.post(asked))
  }

  async function findAdministrators(): Promise<Recipient[]> {
    return read('users', await users().recipients.post({ ids: [], administrators: true }))
  }

  /** A booking for a calendar; undefined if it is no longer theirs. */
  async function findCalendarEntry(id: string, userId: string): Promise<string | undefined> {
    const api = client<BookingsApi>('bookings').api.bookings({ id })
    const { data, error } = await api.calendar_entry.get({ query: { user_id: userId } })
    if (error && Number(error.status) >= 500) {
      throw unavailable('bookings_unavailable', 'bookings is unavailable.')
    }
    return error ? undefined : String(data)
  }

  async function nameResources(ids: Iterable<string>): Promise<Map<string, string>> {
    const names = new Map<string, string>()
    for (const some of toPieces([...new Set(ids)])) {
      const api = client<InventoryApi>('inventory').api.resources
      const found = read('inventory', await api.names.post({ ids: some }))
      for (const { id, name } of found) names.set(id, name)
    }
    return names
  }

  return {
    findPeople,
    findDeciders,
    findAdministrators: async () => (await findAdministrators()).slice(0, decidersMax),
    findCalendarEntry,
    nameResources,
  }
}

export type Directory = ReturnType<typeof createDirectory>

function toPieces(ids: string[]): string[][] {
  const count = Math.ceil(ids.length / idsAtOnce)
  return Array.from({ length: count }, (_, at) => ids.slice(at * idsAtOnce, (at + 1) * idsAtOnce))
}

function read<T>(
  service: ThingOf<'_unavailable'>,
  { data, error }: { data: T | null; error: unknown },
): T {
  if (error || data === null)
    throw unavailable(`${service}_unavailable`, `${service} is unavailable.`)
  return data
}
