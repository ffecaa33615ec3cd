import { and, eq, isNull, sql, type SQL } from 'drizzle-orm'
import type { Caller } from '../../shared/access.ts'
import type { Versioned } from '../../shared/answer.ts'
import type { Context } from '../../shared/context.ts'
import { toInstant } from '../../shared/instant.ts'
import { conflict, invalid, type FieldError } from '../../shared/problem.ts'
import type { Booking, BookingChange, BookingDecision } from '../../shared/schemas/booking.ts'
import { requireMatch, retryOnConflict, type Change } from '../../shared/version.ts'
import { readSpan, requireLength, toSearchText, type Span } from './booking-values.ts'
import { toVersioned, type Find } from './find-bookings.ts'
import { toViewer, type Reservations } from './reservations.ts'
import type { Settlement, Stored } from './settle.ts'
import type { BookingRow, BookingsTables, ItemRow } from './tables.ts'

interface Rules {
  find: Find
  reservations: Reservations
  settlement: Settlement
}

/** Moves, resizes, renames and cancels bookings: record what is wanted, then tell inventory. */
export function createChange(
  context: Context,
  { bookings, booking_items: items }: BookingsTables,
  { find, reservations, settlement }: Rules,
) {
  const { store, clock } = context

  /** @throws 409 `not_all_free` with nothing changed, `booking_over` */
  async function change(
    id: string,
    { body, caller, ifMatch }: Change<BookingChange>,
  ): Promise<Versioned<Booking>> {
    return retryOnConflict(async () => {
      const before = await find.find(id, caller)
      requireMatch(before.row.version, ifMatch)
      requireOpen(before.row)
      const wanted = toNextItems(body, before)
      const next = wanted && (await withTypes(wanted, before, caller))
      if (next) requireNotOver(before.row, clock())
      const { title = before.row.title, note = before.row.note } = body
      const search_text = toSearchText({ number: before.row.number, title })
      const values = { title, note, search_text, unsettled: next ? clock() : null }
      const insert = next && store.db.insert(items).values(next).getSQL()
      const isIn = await write(before.row, { values, caller, first: insert ? [insert] : [] })
      if (!isIn) return undefined
      return settled(before.row.id, caller)
    })
  }

  /** Ends it and gives its time back. Doing so again changes nothing. */
  async function cancel(
    id: string,
    { body, caller, ifMatch }: Change<BookingDecision>,
  ): Promise<Versioned<Booking>> {
    return retryOnConflict(async () => {
      const before = await find.find(id, caller)
      requireMatch(before.row.version, ifMatch)
      if (before.row.state === 'cancelled') return toVersioned(before)
      requireOpen(before.row)
      requireNotOver(before.row, clock())
      const end = { state: 'cancelled', decided_by: caller.id, reason: body.reason }
      const values = { ...end, unsettled: clock() }
      if (!(await write(before.row, { values, caller, first: [] }))) return undefined
      return settled(before.row.id, caller)
    })
  }

  /** A resource that is swapped in must be there for the caller; it may be of another type. */
  async function withTypes(
    next: ItemRow[],
    { items: rows }: Stored,
    caller: Caller,
  ): Promise<ItemRow[]> {
    const swapped = next.filter((item, at) => item.resource_id !== rows[at]?.resource_id)
    const [first] = swapped
    if (!first) return next
    const { chosen, refused } = await reservations.look({
      items: swapped.map(({ resource_id }) => ({ resource_id })),
      from_datetime: toInstant(first.from_datetime),
      to_datetime: toInstant(first.to_datetime),
      viewer: toViewer(caller),
    })
    const missing = refused.filter(({ code }) => code === 'resource_not_found')
    if (missing.length > 0) {
      throw conflict('not_all_free', 'There is no such resource.', { items: missing })
    }
    const types = new Map(
      chosen.map(({ resource_id, resource_type }) => [resource_id, resource_type]),
    )
    return next.map((item) => {
      return { ...item, resource_type: types.get(item.resource_id) ?? item.resource_type }
    })
  }

  /** Where nobody changed it meanwhile; and whatever goes with it. */
  async function write(
    { id, version }: BookingRow,
    { values, caller, first }: { values: Partial<BookingRow>; caller: Caller; first: SQL[] },
  ): Promise<boolean> {
    const isUnchanged = and(
      eq(bookings.id, id),
      eq(bookings.version, version),
      isNull(bookings.unsettled),
    )
    const update = store.db
      .update(bookings)
      .set({ ...values, changed_by: caller.id, version: sql`${bookings.version} + 1` })
      .where(isUnchanged)
      .getSQL()
    return store.atomically([...first, update])
  }

  async function settled(id: string, caller: Caller): Promise<Versioned<Booking>> {
    const [stored] = await settlement.load([id])
    if (stored && stored.row.unsettled !== null) await settlement.settle(stored)
    return toVersioned(await find.find(id, caller))
  }

  return { change, cancel }
}

/** Its items as they are to be; undefined when they stay. @throws 422 */
function toNextItems(body: BookingChange, { row, items }: Stored): ItemRow[] | undefined {
  const errors: FieldError[] = []
  const span = readSpan(body, errors, { from: row.from_datetime, to: row.to_datetime })
  const swaps = new Map(
    body.swap?.map(({ allocation_id, resource_id }) => [allocation_id, resource_id]),
  )
  for (const [at, { allocation_id }] of (body.swap ?? []).entries()) {
    if (items.some((item) => item.allocation_id === allocation_id)) continue
    const detail = 'It is not of this booking.'
    errors.push({ pointer: `#/swap/${at}/allocation_id`, detail })
  }
  if (errors.length > 0) throw invalid(errors)
  requireLength(span)
  const next = items.map((item) => toNext(item, { span, to: swaps.get(item.allocation_id) }))
  const isSame = next.every((item, at) => isAt(item, items[at]))
  return isSame ? undefined : next
}

function toNext(item: ItemRow, { span, to }: { span: Span; to: string | undefined }): ItemRow {
  const { from: from_datetime, to: to_datetime } = span
  const { resource_id } = item
  return { ...item, is_next: 1, from_datetime, to_datetime, resource_id: to ?? resource_id }
}

function isAt(item: ItemRow, other: ItemRow | undefined): boolean {
  return (
    item.resource_id === other?.resource_id &&
    item.from_datetime === other.from_datetime &&
    item.to_datetime === other.to_datetime
  )
}

function requireOpen({ state }: BookingRow): void {
  if (state === 'requested' || state === 'confirmed') return
  throw conflict('booking_closed', `It is ${state}, and cannot be changed any more.`)
}

function requireNotOver({ to_datetime }: BookingRow, now: number): void {
  if (to_datetime > now) return
  throw conflict('booking_over', 'It is over, and cannot be changed any more.')
}
