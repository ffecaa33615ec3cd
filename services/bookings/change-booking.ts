import { and, eq, type SQL } from 'drizzle-orm'
import { isAdministrator, type Caller } from '../../shared/access.ts'
import type { VersionedOnce } from '../../shared/answer.ts'
import type { Context } from '../../shared/context.ts'
import type { ChangeOnce, IdempotencyKey } from '../../shared/idempotency.ts'
import { toInstant } from '../../shared/instant.ts'
import { conflict, isRefusal, ProblemError } from '../../shared/problem.ts'
import type { ItemRefusal } from '../../shared/schemas/allocation-bundle.ts'
import type { Booking, BookingChange } from '../../shared/schemas/booking.ts'
import { requireMatch } from '../../shared/version.ts'
import { toSearchText } from './booking-values.ts'
import { createPeople } from './calendars/people.ts'
import { createRequireMayHave } from './new-person.ts'
import type { Find } from './find-bookings.ts'
import { isKeptBy, requireOnlyLonger, toNextItems, toSpan } from './next-items.ts'
import { toViewer, withNames, type Reservations } from './reservations.ts'
import { toStamp, type Judgement, type Rulebook } from './rulebook.ts'
import { toResponse, type Once } from './replay.ts'
import type { Moving, Stored } from './settle.ts'
import { isOut } from './state.ts'
import type { BookingRow, BookingsTables, ItemRow } from './tables.ts'
import { toGiven } from './report-move.ts'
import { requireNotOver, requireOpen, type Transition } from './transition.ts'

interface Dependencies {
  find: Find
  once: Once
  reservations: Reservations
  rulebook: Rulebook
  transition: Transition
}

interface Move {
  /** Its places then; undefined: it stays. */
  wanted: ItemRow[] | undefined
  person: string
  words: Words
  caller: Caller
  idempotencyKey: IdempotencyKey | undefined
  /** Counts the change against the caller's daily limit, once it may be tried. */
  count: () => Promise<void>
}

type Words = Pick<BookingRow, 'title' | 'note' | 'search_text'>

/**
 * Moves, resizes and renames bookings, swaps their resources and gives them to others: records the
 * change, then tells inventory.
 */
export function createChange(
  context: Context,
  { booking_items: items }: BookingsTables,
  { find, once, reservations, rulebook, transition }: Dependencies,
) {
  const { store, clock } = context
  const requireMayHave = createRequireMayHave(createPeople(context), reservations)

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
      const { title = row.title, note = row.note, booked_for: person = row.booked_for } = body
      const search_text = toSearchText({ number: row.number, title })
      const words = { title, note, search_text }
      const wanted = toNextItems(body, before)
      const asked = { wanted, person, words, caller, idempotencyKey, count }
      const isText = wanted === undefined && person === row.booked_for
      const isIn = await (isText ? rename(before, asked) : move(before, asked))
      return isIn ? transition.settle(id, caller) : undefined
    }
    return once(idempotencyKey, doIt).catch(refund)
  }

  async function rename(before: Stored, asked: Move): Promise<boolean> {
    const { words, caller, idempotencyKey, count } = asked
    const { row } = before
    // Text is stored here only and does not wait for inventory.
    await count().catch((error: unknown) => {
      if (!(error instanceof ProblemError) || isRefusal(error)) throw error
    })
    const response = toResponse(idempotencyKey, { ...before, row: { ...row, ...words } })
    return transition.write(row, { values: words, caller, response })
  }

  /** Records the target and the person; inventory decides whether the move succeeds. */
  async function move({ row, items: stored }: Stored, asked: Move): Promise<boolean> {
    const { wanted = stored, person, words, caller, idempotencyKey, count } = asked
    if (!isOut(row.state)) requireNotOver(row, clock())
    requireNoneLost(stored)
    const epoch = await rulebook.readEpoch()
    const ids = [...stored, ...wanted].map(({ resource_id }) => resource_id)
    const sight = await reservations.see(ids, toViewer(caller))
    const before = { row, items: withNames(stored, sight) }
    await requireMayGiveUp(before, wanted, caller)
    if (!isAdministrator(caller)) requireSight(wanted, before, sight)
    const next = await withTypes(withNames(wanted, sight), before, caller)
    const judgement = { ...(await judgeNext(before, next, { caller, person })), epoch }
    if (judgement.needsApproval && row.state !== 'requested') throw needsApproval()
    if (person !== row.booked_for) await requireMayHave(person, next)
    const isMoved = asked.wanted !== undefined
    const now = clock()
    const check_in_by = isMoved ? toCheckIn(row, next, { ...judgement, now }) : row.check_in_by
    const rows = next.map((item, at) => {
      return { ...item, ...toStamp(judgement, at), ...(isMoved && { check_in_by }) }
    })
    const decide_by = isMoved && row.state === 'requested' ? judgement.deadline : row.decide_by
    const moving = { ...words, decide_by, ...toGiven(row, person) } satisfies Moving
    const moved = { ...row, ...moving, ...toSpan(next), check_in_by }
    await count()
    const isIn = await transition.write(row, {
      values: { moving: JSON.stringify(moving), unsettled: now },
      caller,
      first: [
        ...rulebook.takeTurn(judgement),
        ...(isMoved ? [store.db.insert(items).values(rows).getSQL()] : rows.map(restamp)),
      ],
      only: rulebook.stillHolds(judgement),
      response: toResponse(idempotencyKey, { row: moved, items: rows }),
    })
    if (!isIn) await rulebook.requireQuotas(judgement)
    return isIn
  }

  /** It stays where it is, by the rules for its new person. */
  function restamp({ booking_id, position, policies, quota_scope }: ItemRow): SQL {
    const isIt = and(eq(items.booking_id, booking_id), eq(items.position, position))
    return store.db.update(items).set({ policies, quota_scope }).where(isIt).getSQL()
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
    asker: { caller: Caller; person: string },
  ): Promise<Judgement> {
    const [first] = next
    const was = { from: row.from_datetime, to: row.to_datetime }
    return rulebook.decide({
      bookingId: row.id,
      resources: next.map(({ resource_id: id, resource_type: type }, at) => {
        return { id, type, before: id === rows[at]?.resource_id ? was : undefined }
      }),
      span: { from: first?.from_datetime ?? was.from, to: first?.to_datetime ?? was.to },
      formerPerson: row.booked_for,
      ...asker,
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

/** Adding time, on any resource, requires sight of that resource. @throws 409 */
export function requireSight(
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

/** @throws 409 */
export function requireNoneLost(items: ItemRow[]): void {
  if (items.every(({ lost }) => lost === null)) return
  throw conflict('booking_lost', 'Inventory took its time back. It can only be returned.')
}

export function needsApproval(): ProblemError {
  return new ProblemError({
    status: 403,
    code: 'approval_required',
    detail:
      'A booking this long, or of this resource, needs approval. Ask its manager to change ' +
      'it, or request another booking.',
  })
}
