import { and, asc, eq, gt, isNull, notInArray, sql, type SQL } from 'drizzle-orm'
import type { Context } from '../../shared/context.ts'
import { readInstant } from '../../shared/instant.ts'
import type { Allocation } from '../../shared/schemas/allocation.ts'
import type { BookingAudit } from '../../shared/schemas/booking.ts'
import type { PolicyRules } from '../../shared/schemas/policy.ts'
import { hold } from './hold.ts'
import { combine, type PolicyVersion } from './policy/rules.ts'
import { countOverdrawn, type Drawing } from './policy/overdrawn.ts'
import { refuseTime } from './policy/time-rules.ts'
import type { Reservations } from './reservations.ts'
import { endedStates, stateNow } from './state.ts'
import type { BookingRow, BookingsTables, ItemRow } from './tables.ts'

interface Booked {
  row: BookingRow
  item: ItemRow
}

const rowsAtOnce = 1000
// A task checks every five seconds.
const givenBackWithin_ms = 15_000

/** Compares bookings with inventory's allocations, and with the rules they were booked under. */
export function createAudit(
  { store, clock, config }: Context,
  { bookings, booking_items: items, policies }: BookingsTables,
  reservations: Reservations,
) {
  const isCounted = and(
    isNull(bookings.begun_until),
    eq(items.is_next, 0),
    notInArray(stateNow(store, bookings), [...endedStates]),
  )

  function select(after: SQL | undefined, order: SQL[]): Promise<Booked[]> {
    return store
      .scan('audit')
      .db.select({ row: bookings, item: items })
      .from(items)
      .innerJoin(bookings, eq(bookings.id, items.booking_id))
      .where(and(isCounted, after))
      .orderBy(...order)
      .limit(rowsAtOnce)
  }

  async function* listByAllocation(): AsyncIterable<Booked> {
    for (let last: string | undefined; ;) {
      const after = last === undefined ? undefined : gt(items.allocation_id, last)
      const rows = await select(after, [asc(items.allocation_id)])
      yield* rows
      last = rows.at(-1)?.item.allocation_id
      if (rows.length < rowsAtOnce) return
    }
  }

  /** Allocations known to only one of bookings and inventory, by id. */
  async function findDifferences() {
    const unbacked = new Set<string>()
    const orphaned = new Set<string>()
    // Inventory first: what it confirmed was recorded before.
    const pages = toItems(reservations.list())
    const own = listByAllocation()[Symbol.asyncIterator]()
    let [theirs, ours] = [await pages.next(), await own.next()]
    while (!theirs.done || !ours.done) {
      const [has, booked] = [theirs.value, ours.value] as [Allocation?, Booked?]
      const id = booked?.item.allocation_id
      if (has && (id === undefined || has.id < id)) {
        if (!endsItself(has)) orphaned.add(has.id)
        theirs = await pages.next()
      } else if (booked && id !== undefined && (!has || id < has.id)) {
        const { row, item } = booked
        if (row.unsettled === null && item.lost === null) unbacked.add(id)
        ours = await own.next()
      } else {
        if (has && booked && !isSame(has, booked)) unbacked.add(has.id)
        ;[theirs, ours] = [await pages.next(), await own.next()]
      }
    }
    return { unbacked, orphaned }
  }

  // A hold without a booking ends within a minute; unrecorded allocations are given back by then.
  function endsItself({ held_until, created }: Allocation): boolean {
    const isNew = (readInstant(created) ?? 0) > clock() - hold.for_ms - givenBackWithin_ms
    return isNew || (held_until !== null && (readInstant(held_until) ?? 0) <= clock() + hold.for_ms)
  }

  async function checkRules() {
    const rows = await store.scan('audit').db.select().from(policies)
    const versions = new Map(
      rows.map(({ id, target, rules }): [string, PolicyVersion] => {
        return [id, { id, target, rules: JSON.parse(rules) as PolicyRules }]
      }),
    )
    const counts = { bookings: new Set<string>(), broken: new Set<string>(), overQuota: 0 }
    let person: string | undefined
    let drawings: Drawing[] = []
    let last: Booked | undefined
    for (;;) {
      const found = await select(last && isAfter(last), byPerson)
      for (const { row, item } of found) {
        if (row.booked_for !== person) {
          counts.overQuota += countOverdrawn(drawings)
          drawings = []
          person = row.booked_for
        }
        const stamped = (JSON.parse(item.policies) as string[]).map((id) => versions.get(id))
        const effective = combine(stamped, config.TIME_ZONE)
        const span = { from: item.from_datetime, to: item.to_datetime }
        // An early return keeps the agreed time.
        const isBack = row.state === 'returned'
        const agreed = isBack ? { from: row.from_datetime, to: row.to_datetime } : span
        // Judged as of the time it was booked or moved: rules that came later do not apply.
        const asked = { span: agreed, now: row.created, before: agreed }
        if (refuseTime(effective.rules, asked).length > 0) counts.broken.add(row.id)
        counts.bookings.add(row.id)
        drawings.push({ effective: { ...effective, quotaScope: item.quota_scope }, span })
      }
      last = found.at(-1)
      if (found.length < rowsAtOnce || !last) break
    }
    return { ...counts, overQuota: counts.overQuota + countOverdrawn(drawings) }
  }

  const byPerson = [asc(bookings.booked_for), asc(items.booking_id), asc(items.position)]
  const isAfter = ({ row, item }: Booked) =>
    sql`(${bookings.booked_for}, ${items.booking_id}, ${items.position})
      > (${row.booked_for}, ${sql.param(row.id, bookings.id)}, ${item.position})`

  return async function audit(): Promise<BookingAudit> {
    let { unbacked, orphaned } = await findDifferences()
    if (unbacked.size + orphaned.size > 0) {
      // A change in progress shows on one side only; a real difference is still there on a second
      // look.
      const again = await findDifferences()
      unbacked = unbacked.intersection(again.unbacked)
      orphaned = orphaned.intersection(again.orphaned)
    }
    const { bookings: counted, broken, overQuota } = await checkRules()
    return {
      bookings: counted.size,
      unbacked: unbacked.size,
      orphaned: orphaned.size,
      rule_broken: broken.size,
      over_quota: overQuota,
    }
  }
}

async function* toItems<T>(pages: AsyncIterable<T[]>): AsyncGenerator<T> {
  for await (const page of pages) yield* page
}

function isSame(has: Allocation, { row, item }: Booked): boolean {
  if (row.unsettled !== null) return true
  const isHeld = row.state === 'requested' || row.check_in_by !== null
  const status = isHeld ? 'held' : 'confirmed'
  return (
    has.status === status &&
    has.resource_id === item.resource_id &&
    readInstant(has.from_datetime ?? '') === item.from_datetime &&
    readInstant(has.to_datetime ?? '') === item.to_datetime
  )
}
