import { and, asc, eq, inArray, isNull, notInArray, sql, type SQL } from 'drizzle-orm'
import type { Caller } from '../../shared/access.ts'
import type { Context } from '../../shared/context.ts'
import { placeholder } from '@campus/store/columns.ts'
import { prepareRead } from '@campus/store/prepare-read.ts'
import type { Reader } from '@campus/store/store.ts'
import type { Buffers } from './buffers.ts'
import { isBookable, isFree } from './free.ts'
import type { TimeSpan } from './span.ts'
import type { InventoryTables, ResourceRow } from './tables.ts'
import { whereVisible } from './visibility.ts'

/** A resource that may be booked, and what is needed to book it. */
export type Candidate = Pick<ResourceRow, (typeof candidateColumns)[number]>

export const candidateColumns = [
  'number',
  'id',
  'resource_type',
  'name',
  'version',
  'visible_to',
  'buffer_before_seconds',
  'buffer_after_seconds',
] as const

interface Wanted {
  /** The conditions on a resource, apart from its type. */
  filter: SQL | undefined
  span: TimeSpan
  /** The buffers of their type; undefined: none are needed. */
  ofType: Buffers | undefined
  /** How many to find; fewer only when there are no more. */
  count: number
  /** The user it is for, who sees the result and takes turns with others. */
  caller: Caller
}

export interface Search extends Wanted {
  type: string
}

/** What was last seen of a type; each query or commit checks that it is still the same. */
interface Seen {
  /** None once one of them was changed. */
  rows: Candidate[]
  /** How many there are, where `rows` are not all. */
  size: number
  /** Whether the first few that were looked at sufficed. */
  isPlenty: boolean
}

// The sample read on the serving thread: a millisecond when all of them are booked.
const nearMax = 256
// Where most are free these suffice, in a fraction of that.
const fewMax = 8
// Types that are remembered: all there can be at a time.
const seenMax = 200

/** Resources that are free, some of many. */
export function createCandidates({ store }: Pick<Context, 'store'>, tables: InventoryTables) {
  const { resources } = tables
  const { number, resource_type } = resources
  const candidate = Object.fromEntries(
    candidateColumns.map((name) => [name, resources[name]]),
  ) as Pick<typeof resources, (typeof candidateColumns)[number]>
  const seen = new Map<string, Seen>()

  const ofType = (type: string) => and(eq(resource_type, type), isNull(resources.decommissioned))

  const fewNames = Array.from({ length: fewMax }, (_, at) => String(at))
  const few = sql.join(
    fewNames.map((name) => sql.placeholder(name)),
    sql`, `,
  )
  const wanted = {
    from: sql.placeholder('from'),
    to: sql.placeholder('to'),
    ofType: {
      buffer_before_seconds: sql.placeholder('buffer_before_seconds'),
      buffer_after_seconds: sql.placeholder('buffer_after_seconds'),
    },
  }
  const findAmongFew = prepareRead(store, resources, {
    columns: candidateColumns,
    tail: sql`FROM ${resources} WHERE ${number} IN (${few})
      AND ${resource_type} = ${placeholder(resource_type)} AND ${isNull(resources.decommissioned)}
      AND ${isNull(resources.visible_to)} AND ${isBookable(store, tables, wanted)}
      LIMIT ${sql.placeholder('count')}`,
  })

  /** What was seen of a type, where a few of it may do. */
  function recall({ type, filter, ofType: around, count }: Search): Seen | undefined {
    const last = seen.get(type)
    const isPlain = filter === undefined && around !== undefined
    return isPlain && count <= fewMax && last?.rows.length ? last : undefined
  }

  /** Some that are free by what was seen, for a commit that decides; undefined: look. */
  function guess(search: Search): Candidate[] | undefined {
    const last = recall(search)
    if (!last?.isPlenty) return undefined
    const few = pickFew(last.rows).slice(0, last.rows.length)
    const open = few.filter(({ visible_to }) => visible_to === null)
    return open.length >= search.count ? open.slice(0, search.count) : undefined
  }

  /** A few that were seen before; undefined where they do not suffice. */
  async function findSeen(search: Search): Promise<Candidate[] | undefined> {
    const { type, ofType: around, span, count } = search
    const last = recall(search)
    if (!last || !around) return undefined
    const few = pickFew(last.rows)
    const found = await findAmongFew({
      ...few.map((one) => one.number),
      resource_type: type,
      ...span,
      ...toParameters(around),
      count,
    })
    if (found.length < count) return undefined
    const isKnown = found.every(({ id, version }) =>
      few.some((one) => one.id === id && one.version === version),
    )
    if (isKnown) last.isPlenty = true
    else last.rows = []
    return found
  }

  /**
   * Free resources of a type, from a random start, so that concurrent callers get different ones.
   * Mostly the first few suffice; otherwise a scan reads the whole type beside serving.
   */
  async function findFree(asked: Search): Promise<Candidate[]> {
    const known = await findSeen(asked)
    if (known) return known
    const { type, ...search } = asked
    const { size = 0, isPlenty = false } = seen.get(type) ?? {}
    const begin = Math.floor(Math.random() * Math.max(0, size - nearMax))
    const rows = await store.db
      .select(candidate)
      .from(resources)
      .where(ofType(type))
      .orderBy(asc(resources.name))
      .limit(nearMax)
      .offset(begin)
    if (rows.length === 0) return []
    const near = pad(rows.map((row) => row.number))
    if (seen.size >= seenMax && !seen.has(type)) seen.clear()
    const now = { rows, size, isPlenty }
    seen.set(type, now)
    const found = await read(store, search, inArray(number, near))
    const count = search.count - found.length
    if (count <= 0 || (begin === 0 && rows.length < nearMax)) return found
    now.size = await store.db.$count(resources, ofType(type))
    const rest = and(ofType(type), notInArray(number, near))
    return [...found, ...(await read(store.scan(search.caller.id), { ...search, count }, rest))]
  }

  async function read(
    { db }: Reader,
    { filter, span, ofType: kept, count, caller }: Wanted,
    where: SQL | undefined,
  ) {
    const isIt = kept
      ? isBookable(store, tables, { ...span, ofType: kept })
      : isFree(store, tables, span)
    return db
      .select(candidate)
      .from(resources)
      .where(and(where, whereVisible(caller, resources), filter, isIt))
      .orderBy(sql`random()`)
      .limit(count)
  }

  /** Those of them that are free, in their order. */
  async function findPreferred(
    ids: readonly string[],
    { type, ...search }: Omit<Search, 'count'>,
  ): Promise<Candidate[]> {
    if (ids.length === 0) return []
    const where = and(ofType(type), inArray(resources.id, [...ids]))
    const rows = await read(store, { ...search, count: ids.length }, where)
    return rows.toSorted((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id))
  }

  /** What was guessed to be free was not: the next ones look. */
  function forgetGuess(types: Iterable<string>): void {
    for (const type of types) {
      const last = seen.get(type)
      if (last) last.isPlenty = false
    }
  }

  return { guess, findFree, findPreferred, forgetGuess }
}

// Only these fields, without the rest of the object.
function toParameters({ buffer_before_seconds, buffer_after_seconds }: Buffers): Buffers {
  return { buffer_before_seconds, buffer_after_seconds }
}

// Consecutive ones from a random start.
function pickFew(known: Candidate[]): Candidate[] {
  const first = Math.floor(Math.random() * known.length)
  return Array.from({ length: fewMax }, (_, at) => known[(first + at) % known.length] as Candidate)
}

// Numbers instead of a subquery, which PostgreSQL might run for each row; always as many, so that
// the statement is the same.
function pad(numbers: number[]): number[] {
  const length = numbers.length > nearMax / 16 ? nearMax : nearMax / 16
  return Array.from({ length }, (_, at) => numbers[at % numbers.length] as number)
}

export type Candidates = ReturnType<typeof createCandidates>
