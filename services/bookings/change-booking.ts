import { isAdministrator, type Caller } from '../../shared/access.ts'
import type { VersionedOnce } from '../../shared/answer.ts'
import type { Context } from '../../shared/context.ts'
import type { ChangeOnce, IdempotencyKey } from '../../shared/idempotency.ts'
import { readInstant, toInstant } from '../../shared/instant.ts'
import {
  conflict,
  invalid,
  isRefusal,
  ProblemError,
  type FieldError,
} from '../../shared/problem.ts'
import type { ItemRefusal } from '../../shared/schemas/allocation-bundle.ts'
import type { Booking, BookingChange } from '../../shared/schemas/booking.ts'
import { requireMatch } from '../../shared/version.ts'
import { readSpan, requireLength, toSearchText, type Span } from './booking-values.ts'
import type { Find } from './find-bookings.ts'
import { toViewer, withNames, type Reservations } from './reservations.ts'
import { toStamp, type Judgement, type Rulebook } from './rulebook.ts'
import { toResponse, type Once } from './replay.ts'
import type { Moving, Stored } from './settle.ts'
import { isOut } from './state.ts'
import type { BookingRow, BookingsTables, ItemRow } from './tables.ts'
import { requireNotOver, requireOpen, type Transition } from './transition.ts'

interface Rules {
  find: Find
  once: Once
  reservations: Reservations
  rulebook: Rulebook
  transition: Transition
}

interface Move {
  wanted: ItemRow[]
  words: Words
  caller: Caller
  idempotencyKey: IdempotencyKey | undefined
  /** Counts the change against the caller's daily limit, once it may be tried. */
  count: () => Promise<void>
}

type Words = Pick<BookingRow, 'title' | 'note' | 'search_text'>

/**
 * Moves, resizes and renames bookings and swaps their resources: records the change, then tells
 * inventory.
 */
export function createChange(
  context: Context,
  { booking_items: items }: BookingsTables,
  { find, once, reservations, rulebook, transition }: Rules,
) {
  const { store, clock } = context

  /** @throws 409 `not_all_free` with nothing changed, 422 `policy_refused`, 429 */
  async function change(
    id: string,
    { body, caller, ifMatch, idempotencyKey }: ChangeOnce<BookingChange>,
  ): Promise<VersionedOnce<Booking>> {
    let isCounted = false
    const count = async () => {
      if (!isCounted) await reservations.spend(1, toViewer(caller))
      isCounted = true
    }
    const refund = async (thrown: unknown): Promise<never> => {
      // A refused change causes no notification, so its count is refunded; if that fails, it costs
      // one.
      if (isCounted && isRefusal(thrown)) {
        await reservations.spend(-1, toViewer(caller)).catch(() => {})
      }
      throw thrown
    }
    const doIt = async () => {
      const before = await find.find(id, caller)
      const { row } = before
      requireMatch(row.version, ifMatch)
      if (isOut(row.state)) requireOnlyLonger(body, row)
      else requireOpen(row)
      const { title = row.title, note = row.note } = body
      const search_text = toSearchText({ number: row.number, title })
      const words = { title, note, search_text }
      const wanted = toNextItems(body, before)
      const isIn = await (wanted
        ? move(before, { wanted, words, caller, idempotencyKey, count })
        : rename(before, { words, caller, idempotencyKey, count }))
      return isIn ? transition.settle(id, caller) : undefined
    }
    return once(idempotencyKey, doIt).catch(refund)
  }

  async function rename(before: Stored, asked: Omit<Move, 'wanted'>): Promise<boolean> {
    const { words, caller, idempotencyKey, count } = asked
    const { row } = before
    // Text is stored here only and does not wait for inventory.
    await count().catch((error: unknown) => {
      if (!(error instanceof ProblemError) || isRefusal(error)) throw error
    })
    const response = toResponse(idempotencyKey, { ...before, row: { ...row, ...words } })
    return transition.write(row, { values: words, caller, response })
  }

  /** Records the target; inventory decides whether the move succeeds. */
  async function move({ row, items: stored }: Stored, asked: Move): Promise<boolean> {
    const { wanted, words, caller, idempotencyKey, count } = asked
    if (!isOut(row.state)) requireNotOver(row, clock())
    if (stored.some(({ lost }) => lost !== null)) throw lostMeanwhile()
    const epoch = await rulebook.readEpoch()
    const ids = [...stored, ...wanted].map(({ resource_id }) => resource_id)
    const sight = await reservations.see(ids, toViewer(caller))
    const before = { row, items: withNames(stored, sight) }
    await requireMayGiveUp(before, wanted, caller)
    if (!isAdministrator(caller)) requireSight(wanted, before, sight)
    const next = await withTypes(withNames(wanted, sight), before, caller)
    const judgement = { ...(await judgeNext(before, next, caller)), epoch }
    if (judgement.needsApproval && row.state !== 'requested') throw needsApproval()
    const check_in_by = toCheckIn(row, next, { ...judgement, now: clock() })
    const rows = next.map((item, at) => ({ ...item, ...toStamp(judgement, at), check_in_by }))
    const insert = store.db.insert(items).values(rows).getSQL()
    const decide_by = row.state === 'requested' ? judgement.deadline : null
    const moving = { ...words, decide_by } satisfies Moving
    const moved = { ...row, ...moving, ...toSpan(next), check_in_by }
    await count()
    const isIn = await transition.write(row, {
      values: { moving: JSON.stringify(moving), unsettled: clock() },
      caller,
      first: [...rulebook.takeTurn(judgement), insert],
      only: rulebook.stillHolds(judgement),
      response: toResponse(idempotencyKey, { row: moved, items: rows }),
    })
    if (!isIn) await rulebook.requireQuotas(judgement)
    return isIn
  }

  /** Giving up time late counts as a late cancellation. @throws 422 `policy_refused` */
  async function requireMayGiveUp(
    { row, items: rows }: Stored,
    next: ItemRow[],
    caller: Caller,
  ): Promise<void> {
    const givenUp = rows.filter((item, at) => !isKeptBy(item, next[at]))
    if (row.state !== 'confirmed' || givenUp.length === 0) return
    if (await rulebook.mayManage(caller, givenUp)) return
    await rulebook.requireMayCancel(givenUp, { from: row.from_datetime, to: row.to_datetime })
  }

  function judgeNext(
    { row, items: rows }: Stored,
    next: ItemRow[],
    caller: Caller,
  ): Promise<Judgement> {
    const [first] = next
    const was = { from: row.from_datetime, to: row.to_datetime }
    return rulebook.decide({
      bookingId: row.id,
      resources: next.map(({ resource_id: id, resource_type: type }, at) => {
        return { id, type, before: id === rows[at]?.resource_id ? was : undefined }
      }),
      span: { from: first?.from_datetime ?? was.from, to: first?.to_datetime ?? was.to },
      caller,
      person: row.booked_for,
    })
  }

  /** A resource swapped in must be in service; its type may differ. */
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
      throw noSuchResource(missing.map(({ item }) => next.indexOf(swapped[item] ?? first)))
    }
    const types = new Map(
      chosen.map(({ resource_id, resource_type }) => [resource_id, resource_type]),
    )
    return next.map((item) => {
      return { ...item, resource_type: types.get(item.resource_id) ?? item.resource_type }
    })
  }

  return change
}

/** The items after the change; undefined if unchanged. @throws 422 */
function toNextItems(body: BookingChange, { row, items }: Stored): ItemRow[] | undefined {
  const errors: FieldError[] = []
  const span = readSpan(body, errors, { from: row.from_datetime, to: row.to_datetime })
  const swaps = new Map(
    body.swap?.map(({ allocation_id, resource_id }) => [allocation_id, resource_id]),
  )
  for (const [at, { allocation_id }] of (body.swap ?? []).entries()) {
    if (items.some((item) => item.allocation_id === allocation_id)) continue
    const detail = 'It is not part of this booking.'
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

/** The span of all items. */
function toSpan([first]: ItemRow[]): Partial<Pick<ItemRow, 'from_datetime' | 'to_datetime'>> {
  return first ? { from_datetime: first.from_datetime, to_datetime: first.to_datetime } : {}
}

/**
 * A booking that has begun, or keeps its start, keeps its check-in time; else it gets the new one.
 */
export function toCheckIn(
  row: BookingRow,
  [first]: ItemRow[],
  { checkInBy, now }: Pick<Judgement, 'checkInBy'> & { now: number },
): number | null {
  if (row.check_in_by === null || checkInBy === null || !first) return null
  const isSame = first.from_datetime <= now || first.from_datetime === row.from_datetime
  return isSame ? Math.min(row.check_in_by, first.to_datetime) : checkInBy
}

/** @throws 422 for changes not allowed while it is checked out */
function requireOnlyLonger({ from, to, swap }: BookingChange, { to_datetime }: BookingRow): void {
  const errors: FieldError[] = []
  const detail = 'It is checked out: only its end can be changed.'
  if (from !== undefined) errors.push({ pointer: '#/from', detail })
  if (swap !== undefined) errors.push({ pointer: '#/swap', detail })
  if (to !== undefined && (readInstant(to) ?? Infinity) < to_datetime) {
    errors.push({ pointer: '#/to', detail: 'It is checked out: return it to give time back.' })
  }
  if (errors.length > 0) throw invalid(errors)
}

function isAt(item: ItemRow, other: ItemRow | undefined): boolean {
  return (
    item.resource_id === other?.resource_id &&
    item.from_datetime === other.from_datetime &&
    item.to_datetime === other.to_datetime
  )
}

/** Whether `next` still covers all of its time. */
function isKeptBy(item: ItemRow, next: ItemRow | undefined): boolean {
  return (
    item.resource_id === next?.resource_id &&
    next.from_datetime <= item.from_datetime &&
    item.to_datetime <= next.to_datetime
  )
}

/** Adding time, on any resource, requires sight of that resource. @throws 409 */
function requireSight(
  next: ItemRow[],
  { items }: Stored,
  { hidden }: { hidden: readonly string[] },
): void {
  const places = next.flatMap((item, at) => {
    return hidden.includes(item.resource_id) && !isKeptBy(item, items[at]) ? [at] : []
  })
  if (places.length > 0) throw noSuchResource(places)
}

function noSuchResource(places: number[]): ProblemError {
  const items = places.map((item): ItemRefusal => {
    return { item, code: 'resource_not_found', conflicts: [], next_free: null, peers: [] }
  })
  return conflict('not_all_free', 'There is no such resource.', { items })
}

function lostMeanwhile(): ProblemError {
  return conflict('booking_lost', 'Inventory took its time back. It can only be returned.')
}

function needsApproval(): ProblemError {
  return new ProblemError({
    status: 403,
    code: 'approval_required',
    detail:
      'A booking this long, or of this resource, needs approval. Ask its manager to change ' +
      'it, or request another booking.',
  })
}
