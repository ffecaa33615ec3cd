import { and, gt, inArray, isNull, or, sql, type SQLWrapper } from 'drizzle-orm'
import type { Caller } from '../../../shared/access.ts'
import { memoize } from '@campus/store/memoize.ts'
import type {
  ReservationOutcome,
  ReservationOutcomes,
  ReservationTerm,
  ReservationTerms,
} from '../../../shared/schemas/reservation.ts'
import { placeholder } from '@campus/store/columns.ts'
import { toFewLengths } from '@campus/store/few-lengths.ts'
import type { Store } from '@campus/store/store.ts'
import type { InventoryTables } from '../tables.ts'
import { isLive } from '../touches.ts'
import type { Own } from './own.ts'
import { readTime } from './reservation-values.ts'

/** The terms, as parameters of one statement. */
interface Term {
  ids: string[]
  held_until: number | null
  by: string
  fence: number
}

/** The first term comes from the creator: nothing else can have happened before. */
const firstFence = 1

/** Confirms or extends holds: each term all or nothing, independently of the others. */
export function createKeep(
  store: Store,
  { allocations, reservation_moves: moves }: InventoryTables,
  { among }: Own,
) {
  const isLater = (than: number | SQLWrapper) => or(gt(moves.fence, than), gt(moves.kept, than))

  const listOf = (size: number) => {
    const list = Array.from({ length: size }, (_, at) => placeholder(allocations.id, String(at)))
    return sql.join(list, sql`, `)
  }

  // One statement for each number of ids.
  const keepThem = memoize((size: number) => {
    const ids = listOf(size)
    const [fence, count] = [placeholder(moves.fence), placeholder(moves.fence, 'count')]
    const areTheirs = sql`id IN (${ids})
      AND created_by = ${placeholder(allocations.created_by)} AND ${isLive(store, allocations)}`
    return store.prepareWrite(sql`UPDATE ${allocations}
      SET held_until = ${placeholder(allocations.held_until)}, version = version + 1
      WHERE ${areTheirs} AND held_until IS NOT NULL
        AND (SELECT count(*) FROM ${allocations} WHERE ${areTheirs}) = ${count}
        AND NOT EXISTS (SELECT 1 FROM ${moves}
          WHERE allocation_id IN (${ids}) AND ${isLater(fence)})
        AND ${store.signedBy(sql.placeholder('by'))}`)
  })

  // What is counted must still be there when it is written: rows of a snapshot may be gone by then.
  const lockThem = memoize((size: number) =>
    store.prepareWrite(sql`SELECT id FROM ${allocations} WHERE id IN (${listOf(size)})
      ORDER BY id ${store.rowLock}`),
  )

  function toStatements({ ids, ...term }: Term, { id: created_by }: Caller) {
    const distinct = [...new Set(ids)]
    const filled = toFewLengths(distinct)
    const given = { ...filled, ...term, count: distinct.length, created_by }
    return [lockThem(filled.length)(filled), keepThem(filled.length)(given)]
  }

  /** SQL: no older term is kept from then on. */
  function remember({ ids, fence }: Term, caller: Caller) {
    return sql`INSERT INTO ${moves} (allocation_id, fence, is_moved, kept)
      SELECT id, 0, 1, CAST(${fence} AS integer) FROM ${allocations} WHERE ${among(ids, caller)}
      ON CONFLICT (allocation_id) DO UPDATE SET kept = excluded.kept
      WHERE reservation_moves.kept < excluded.kept`
  }

  async function keep(term: Term, caller: Caller): Promise<ReservationOutcome> {
    const { ids, held_until, fence } = term
    const before = fence > firstFence ? [remember(term, caller)] : []
    const isKept = await store.atomically([...before, ...toStatements(term, caller)], ids[0])
    if (isKept) return 'kept'
    const isLate = and(inArray(moves.allocation_id, ids), isLater(fence))
    if ((await store.db.$count(moves, isLate)) > 0) return 'superseded'
    // A retry finds them confirmed.
    const isDone = held_until === null ? isNull(allocations.held_until) : undefined
    const done = await store.db.$count(allocations, and(among(ids, caller), isDone))
    return done < new Set(ids).size ? 'gone' : 'kept'
  }

  /** Those that one statement can keep: mostly all of them are there. */
  async function keepAlike(terms: Term[], caller: Caller): Promise<ReservationOutcome[]> {
    const [first] = terms
    if (first && terms.length > 1 && first.fence === firstFence) {
      const all = { ...first, ids: terms.flatMap(({ ids }) => ids) }
      const isKept = await store.atomically(toStatements(all, caller), first.ids[0])
      if (isKept) return terms.map(() => 'kept')
    }
    return Promise.all(terms.map((term) => keep(term, caller)))
  }

  return async function keepEach({
    body,
    caller,
  }: {
    body: ReservationTerms
    caller: Caller
  }): Promise<ReservationOutcomes> {
    const terms = body.terms.map(toTerm)
    const alike = Map.groupBy(terms, ({ by, held_until, fence }) =>
      JSON.stringify([by, held_until, fence]),
    )
    const outcomes = new Map<Term, ReservationOutcome>()
    await Promise.all(
      [...alike.values()].map(async (some) => {
        const found = await keepAlike(some, caller)
        found.forEach((outcome, at) => outcomes.set(some[at] as Term, outcome))
      }),
    )
    return { outcomes: terms.map((term) => outcomes.get(term) ?? 'gone') }
  }
}

function toTerm({ held_until: until, ...term }: ReservationTerm, at: number): Term {
  const pointer = `#/terms/${at}/held_until`
  return { ...term, held_until: until === null ? null : readTime(until, pointer) }
}
