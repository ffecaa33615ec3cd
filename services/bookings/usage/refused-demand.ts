import { and, gte, inArray, lt, sql } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import { ProblemError } from '../../../shared/problem.ts'
import type { ItemRefusal } from '../../../shared/schemas/allocation-bundle.ts'
import type { NewBooking } from '../../../shared/schemas/booking.ts'
import type { RefusedOccurrence } from '../../../shared/schemas/booking-series.ts'
import type { RefusingRule } from '../../../shared/schemas/policy.ts'
import { readInstant } from '../../../shared/instant.ts'
import type { BookingsTables } from '../tables.ts'
import { day_ms } from '../../../shared/duration.ts'

const flushEvery_s = 5
// The most one process buffers; anything beyond is not counted.
const pendingMax = 5000
const keepFor_ms = 800 * day_ms
// Rows in one commit.
const rowsAtOnce = 200

interface Demand {
  day: number
  subject: string
  rule: string
  requests: number
  asked_ms: number
}

export interface RefusedRow {
  subject: string
  requests: number
  asked_ms: number
}

/**
 * Sums of refused requests, in one row per day, subject and rule, so that repeated requests use no
 * disk space. Written every few seconds, so that a request costs no commit.
 */
export function createRefusedDemand(
  { store, clock, every, prune }: Pick<Context, 'store' | 'clock' | 'every' | 'prune'>,
  { refused_demand: table }: BookingsTables,
  typeOf: (resourceId: string) => string | undefined,
) {
  let pending = new Map<string, Demand>()
  let writing = Promise.resolve()
  every(flushEvery_s, 'write refused demand', flush)
  prune({ name: 'refused demand', table, key: table.key, since: table.day, keepFor_ms })

  /** Runs it, and counts a refusal. */
  async function observe<T>(
    { body, caller }: { body: Asked; caller: { id: string } },
    make: () => Promise<T>,
  ): Promise<T> {
    try {
      return await make()
    } catch (error) {
      if (error instanceof ProblemError) {
        // For a series, each refused day is as long as the first one.
        const days = (error.members['occurrences'] as RefusedDay[] | undefined) ?? [undefined]
        for (const [at, occurrence] of days.entries()) {
          const refusal = { error, occurrence, isFirst: at === 0 }
          remember(refusal, body, body.booked_for ?? caller.id)
        }
      }
      throw error
    }
  }

  function remember({ error, occurrence, isFirst }: Refusal, body: Asked, person: string): void {
    const rule = toRule(error)
    const { from, to } = occurrence ?? body
    const length = (readInstant(to) ?? NaN) - (readInstant(from) ?? NaN)
    if (rule === undefined || !(length > 0)) return
    const missing = toMissing(error, occurrence)
    const asked = body.items.flatMap(({ resource_id, type, count = 1 }, at) => {
      if (missing && !missing.has(at)) return []
      const subjects = resource_id === undefined ? [] : [`resource:${resource_id}`]
      const ofType = type ?? typeOf(resource_id ?? '')
      return [...subjects, ...(ofType === undefined ? [] : [`type:${ofType}`])].map((subject) => {
        return { subject, asked_ms: length * count }
      })
    })
    if (asked.length === 0) return
    const day = Math.floor(clock() / day_ms) * day_ms
    const total = asked.filter(({ subject }) => subject.startsWith('type:'))
    const ofPerson = { subject: `person:${person}`, asked_ms: sum(total) }
    // One request, however often it names a subject.
    const bySubject = Map.groupBy([...asked, ofPerson], ({ subject }) => subject)
    for (const [subject, same] of bySubject) {
      const key = JSON.stringify([day, subject, rule])
      const known = pending.get(key)
      if (!known && pending.size >= pendingMax) continue
      const { requests = 0, asked_ms = 0 } = known ?? {}
      pending.set(key, {
        day,
        subject,
        rule,
        requests: requests + (isFirst ? 1 : 0),
        asked_ms: asked_ms + sum(same),
      })
    }
  }

  /** One at a time, so that awaiting a flush includes all before it. */
  function flush(): Promise<void> {
    writing = writing.catch(() => {}).then(write)
    return writing
  }

  async function write(): Promise<void> {
    const written = pending
    pending = new Map()
    const rows = [...written].map(([key, demand]) => ({ key, ...demand }))
    for (let at = 0; at < rows.length; at += rowsAtOnce) {
      const some = store.db
        .insert(table)
        .values(rows.slice(at, at + rowsAtOnce))
        .getSQL()
      await store.atomically([
        sql`${some} ON CONFLICT (key) DO UPDATE SET
          requests = refused_demand.requests + excluded.requests,
          asked_ms = refused_demand.asked_ms + excluded.asked_ms`,
      ])
    }
  }

  /** Sums by subject of one kind, for the days that a window touches. */
  async function list(
    kind: 'resource' | 'type' | 'person',
    { from, to }: { from: number; to: number },
    whose: string,
  ): Promise<Map<string, RefusedRow>> {
    const first = Math.floor(from / day_ms) * day_ms
    // Includes what this process has not written yet.
    await flush()
    const rows = await store
      .scan(whose)
      .db.select({
        subject: table.subject,
        requests: sql<number>`sum(${table.requests})`.mapWith(Number),
        asked_ms: sql<number>`sum(${table.asked_ms})`.mapWith(Number),
      })
      .from(table)
      .where(
        and(
          gte(table.day, first),
          lt(table.day, to),
          sql`${table.subject} >= ${`${kind}:`} AND ${table.subject} < ${`${kind};`}`,
        ),
      )
      .groupBy(table.subject)
    return new Map(rows.map((row) => [row.subject.slice(kind.length + 1), row]))
  }

  /** Removes the sums of removed accounts; those of resources and types stay. */
  async function forget(userIds: string[]): Promise<void> {
    await flush()
    const isTheirs = inArray(
      table.subject,
      userIds.map((id) => `person:${id}`),
    )
    await store.db.delete(table).where(isTheirs)
  }

  return { observe, list, forget }
}

type Asked = Pick<NewBooking, 'items' | 'from' | 'to' | 'booked_for'>
type RefusedDay = Pick<RefusedOccurrence, 'from' | 'to' | 'refused'>

interface Refusal {
  error: ProblemError
  /** For a series: the day it concerns. */
  occurrence: RefusedDay | undefined
  /** A series is one request. */
  isFirst: boolean
}

export type RefusedDemand = ReturnType<typeof createRefusedDemand>

function sum(all: { asked_ms: number }[]): number {
  return all.reduce((total, { asked_ms }) => total + asked_ms, 0)
}

// Without the right to book, there is no demand that could be met.
function toRule({ code, members }: ProblemError): string | undefined {
  if (code === 'not_all_free') return 'not_free'
  if (code !== 'policy_refused') return undefined
  const rules = (members['rules'] ?? []) as RefusingRule[]
  return rules.some(({ rule }) => rule === 'rights') ? undefined : rules[0]?.rule
}

/** The items that were unavailable; undefined: all. */
function toMissing(
  { code, members }: ProblemError,
  day: RefusedDay | undefined,
): Set<number> | undefined {
  if (code !== 'not_all_free') return undefined
  const items = day?.refused ?? ((members['items'] ?? []) as ItemRefusal[])
  const isThere = items.filter((item) => item.code !== 'resource_not_found')
  return new Set(isThere.map(({ item }) => item))
}
