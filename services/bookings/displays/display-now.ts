import { and, eq, inArray, isNull, sql } from 'drizzle-orm'
import type { Caller } from '../../../shared/access.ts'
import type { Context } from '../../../shared/context.ts'
import { readInstant, toInstant } from '../../../shared/instant.ts'
import { orIfAway, ProblemError } from '../../../shared/problem.ts'
import type { Allocation } from '../../../shared/schemas/allocation.ts'
import type {
  CurrentReservations,
  DisplayNow,
  DisplayUse,
  ShownResource,
} from '../../../shared/schemas/display.ts'
import type { Find } from '../find-bookings.ts'
import type { People } from '../calendars/people.ts'
import { toViewer, type Reservations } from '../reservations.ts'
import { hashSecretAddress } from '../secret-address.ts'
import type { Rulebook } from '../rulebook.ts'
import type { BookingsTables } from '../tables.ts'
import { anybody, readHidden, readResources, type DisplayRow, type Displays } from './displays.ts'

interface Dependencies {
  displays: Displays
  find: Pick<Find, 'whereReadable'>
  people: People
  reservations: Reservations
  rulebook: Pick<Rulebook, 'keepManaged'>
}

type Current = CurrentReservations['resources']

/** What is shown by the rights of its maker. */
interface Own {
  hidden: Current
  words: Words
  /** Whether they have less of them than they chose to show; undefined: not known now. */
  isWithheld?: boolean
}

/** What a display may show about the current user. */
type Words = Map<string, Pick<DisplayUse, 'title' | 'person'>>

// How long a response is shared between readers, so that their number costs nothing.
const fresh_ms = 3000
// At most 40 kB each, and there are never more displays than that.
const knownMax = 200
// Precision of `last_read`: one write an hour for each display in use.
const lastReadEvery_ms = 60 * 60_000

/** What displays show to anyone with their address. */
export function createDisplayNow(
  { store, clock }: Pick<Context, 'store' | 'clock'>,
  { bookings, booking_items: items, handovers }: BookingsTables,
  { displays, find, people, reservations, rulebook }: Dependencies,
) {
  const known = new Map<string, { until: number; shown: Promise<DisplayNow> }>()

  /** @throws 404 unless it is the address of a display */
  function read(address: string): Promise<DisplayNow> {
    const hash = hashSecretAddress('display', address)
    if (hash === undefined) return Promise.reject(noDisplay())
    const now = clock()
    const last = known.get(hash)
    if (last && last.until > now && last.until <= now + fresh_ms) return last.shown
    const shown = look(hash)
    if (known.size >= knownMax) known.clear()
    known.set(hash, { until: now + fresh_ms, shown })
    // The next reader retries a failure, and a revoked address leaves nothing behind.
    shown.catch(() => known.delete(hash))
    return shown
  }

  async function look(hash: string): Promise<DisplayNow> {
    const row = await displays.find(hash)
    if (!row) throw noDisplay()
    if (row.last_read === null || clock() - row.last_read >= lastReadEvery_ms) {
      await displays.noteRead(row.id)
    }
    const { type_id } = row
    const what = type_id === null ? { resource_ids: readResources(row) ?? [] } : { type_id }
    const open = await reservations.readCurrent({ viewer: anybody, ...what })
    const own = await findOwn(row, open.resources)
    const { isWithheld } = own
    if (isWithheld !== undefined && isWithheld !== (row.withheld_since !== null)) {
      await displays.noteWithheld(row.id, isWithheld)
    }
    const resources = [...open.resources, ...own.hidden].toSorted(byName)
    const due = await findDue(resources.map(({ id }) => id))
    const now = clock()
    return {
      name: row.name,
      language: row.language as DisplayNow['language'],
      time_zone: row.time_zone,
      more: open.more,
      resources: resources.map((it) => toShown(it, { now, due: due.get(it.id), words: own.words })),
    }
  }

  /** What is shown by its maker's rights: what they can see and manage now. */
  async function findOwn(row: DisplayRow, open: Current): Promise<Own> {
    const [resource_ids, withNames] = [readHidden(row), row.with_names === 1]
    const nothing = { hidden: [], words: new Map() }
    if (resource_ids.length === 0 && !withNames) return { ...nothing, isWithheld: false }
    // While users is unavailable, names are left out rather than the display.
    const maker = await people
      .findCaller(row.created_by)
      .catch(resource_ids.length === 0 ? orIfAway('unknown' as const) : undefined)
    if (maker === 'unknown') return nothing
    if (!maker) return { ...nothing, isWithheld: true }
    const isNew = ({ id }: Current[number]) => !open.some((it) => it.id === id)
    const viewer = toViewer(maker)
    const seen =
      resource_ids.length === 0
        ? []
        : (await reservations.readCurrent({ viewer, resource_ids })).resources.filter(isNew)
    const all = [...open, ...seen].map((it) => ({ ...it, resource_id: it.id }))
    const managed = await rulebook.keepManaged(maker, all)
    const words = withNames ? await findWords(managed, maker) : new Map()
    const kept = new Set(managed.map(({ id }) => id))
    const isLess = (withNames ? all : seen).some(({ id }) => !kept.has(id))
    const unseen =
      resource_ids.length === 0 ? [] : await reservations.findHidden(resource_ids, viewer)
    return { hidden: managed.filter(isNew), words, isWithheld: isLess || unseen.length > 0 }
  }

  /** When checked-out resources are due back, by resource. */
  async function findDue(ids: string[]): Promise<Map<string, number>> {
    const rows = await store.db
      .select({ id: handovers.resource_id, due: bookings.to_datetime })
      .from(handovers)
      .innerJoin(bookings, eq(bookings.id, handovers.booking_id))
      .where(and(inArray(handovers.resource_id, ids), isNull(handovers.returned)))
    return new Map(rows.map(({ id, due }) => [id, due]))
  }

  /** By allocation; nothing for bookings the maker cannot see. */
  async function findWords(resources: Current, maker: Caller): Promise<Words> {
    const all = resources.flatMap(({ now, next }) => [now ?? [], next ?? []].flat())
    const ids = all.map(({ id }) => id)
    const isReadable = (await find.whereReadable(maker)) ?? sql`1 = 1`
    const booked = await store.db
      .select({
        id: items.allocation_id,
        title: bookings.title,
        readable: sql<unknown>`${isReadable}`,
      })
      .from(items)
      .innerJoin(bookings, eq(bookings.id, items.booking_id))
      .where(inArray(items.allocation_id, ids))
    const bookingOf = new Map(booked.map((it) => [it.id, it]))
    const shown = all.filter(({ id }) => bookingOf.get(id)?.readable ?? true)
    const names = await people
      .findNames(shown.map((it) => it.booked_for))
      .catch(orIfAway(new Map()))
    return new Map(
      shown.map(({ id, description, booked_for }) => {
        const title = bookingOf.get(id)?.title ?? description
        const person = names.get(booked_for)
        return [id, { ...(title && { title }), ...(person && { person }) }]
      }),
    )
  }

  return { read, drop: (hash: string) => void known.delete(hash) }
}

function noDisplay(): ProblemError {
  return new ProblemError({
    status: 404,
    code: 'display_not_found',
    detail: 'There is no such display, or it was revoked. Ask for a new address.',
  })
}

function byName(a: Current[number], b: Current[number]): number {
  return a.name < b.name ? -1 : Number(a.name > b.name)
}

interface Moment {
  now: number
  /** When its current user is to return it. */
  due: number | undefined
  words: Words
}

function toShown(
  { name, now: taken, next }: Current[number],
  { now, due, words }: Moment,
): ShownResource {
  const write = (it: Allocation | null) =>
    it && { from: it.from_datetime, to: it.to_datetime, ...words.get(it.id) }
  const shown = { name, now: write(taken), next: write(next) }
  if (taken && taken.allocation_type !== 'booking') {
    return { ...shown, state: 'out_of_use', until: busyTo(taken) }
  }
  if (due !== undefined && due <= now) return { ...shown, state: 'late', until: null }
  if (!taken && due === undefined) {
    return { ...shown, state: 'free', until: next && (next.busy_from ?? next.from_datetime) }
  }
  const ends = [due, taken ? readInstant(busyTo(taken) ?? '') : undefined]
  const last = Math.max(...ends.map((time) => time ?? -Infinity))
  return { ...shown, state: 'taken', until: toInstant(last) }
}

function busyTo({ busy_to, to_datetime }: Allocation): string | null {
  return busy_to ?? to_datetime
}
