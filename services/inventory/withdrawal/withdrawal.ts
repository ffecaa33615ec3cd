import { hash } from 'node:crypto'
import { sql, type SQL } from 'drizzle-orm'
import type { Caller } from '../../../shared/access.ts'
import type { Context } from '../../../shared/context.ts'
import { readInstant } from '../../../shared/instant.ts'
import { invalid, preconditionFailed, type FieldError } from '../../../shared/problem.ts'
import type { NewWithdrawal, WithdrawalPlan } from '../../../shared/schemas/withdrawal.ts'
import { storageFault, violation } from '@campus/store/error.ts'
import { readBodyConditions } from '../property-filter.ts'
import type { Resources } from '../resources.ts'
import { requireBookable, type TimeSpan } from '../span.ts'
import { decommissioned, type InventoryTables } from '../tables.ts'
import { toPropertySchema } from '../type-values.ts'
import type { Types } from '../types.ts'
import { createPlanner, maintenance, type Plan } from './plan.ts'

interface Request {
  resourceId: string
  body: NewWithdrawal
  caller: Caller
  /** The plan to carry out; undefined: only make one. */
  ifMatch: string | undefined
}

/** Takes a resource out of use for a time or forever: its bookings move to others of its type. */
export function createWithdrawal(
  context: Context,
  tables: InventoryTables,
  { resources, types }: { resources: Resources; types: Types },
) {
  const { store, clock, id } = context
  const { allocations } = tables
  const makePlan = createPlanner(context, tables)
  const at = (time: number) => sql.param(time, allocations.from_datetime)
  const idOf = (value: string) => sql.param(value, allocations.id)

  /** @throws 404, 422, 412 when the plan is outdated */
  return async function withdraw(request: Request): Promise<WithdrawalPlan> {
    const { resourceId, body, caller, ifMatch } = request
    const resource = await resources.find({ resourceId }, caller)
    const span = readWithdrawn(body)
    requireBookable(resource.type, span)
    const schema = toPropertySchema(await types.find(resource.resource_type))
    const conditions = readBodyConditions(body.where, schema, '#/where')
    const plan = await makePlan({ resource, span, conditions, whose: caller.id })
    const answer = toAnswer(plan, body)
    if (ifMatch === undefined) return answer
    if (!ifMatch.includes(`"${answer.plan}"`)) throw preconditionFailed()
    if (!(await carryOut(plan, request))) throw preconditionFailed()
    return { ...answer, carried_out: true }
  }

  async function carryOut(plan: Plan, request: Request): Promise<boolean> {
    try {
      return await store.atomically(toStatements(plan, request))
    } catch (error) {
      // Somebody else booked one of the times, or changed a booking.
      if (violation(error) ?? storageFault(error) === 'busy') return false
      throw error
    }
  }

  /** The last statement changes a row only if all others did. */
  function toStatements({ resource, span, moves, stranded }: Plan, request: Request): SQL[] {
    const { number } = resource
    const moved = moves.map(
      ({ row, to }) => sql`UPDATE ${allocations} SET resource_number = ${to.number},
        version = version + 1 WHERE resource_number = ${number} AND id = ${idOf(row.id)}
        AND version = ${row.version} AND EXISTS (SELECT 1 FROM resources
          WHERE number = ${to.number} AND version = ${to.version} AND decommissioned IS NULL)`,
    )
    const gaps = toGaps(span, stranded.map(toSpanOf)).map((gap) => ({ ...gap, id: id() }))
    const areBlocked = gaps.map(
      (gap) => sql`(resource_number = ${number} AND id = ${idOf(gap.id)})`,
    )
    const areMoved = moves.map(
      ({ row, to }) => sql`(resource_number = ${to.number} AND id = ${idOf(row.id)}
        AND version = ${row.version + 1})`,
    )
    const count = sql`(SELECT count(*) FROM ${allocations}
      WHERE ${sql.join([sql`false`, ...areMoved, ...areBlocked], sql` OR `)})`
    return [
      sql`SELECT ${store.signedBy(request.caller.id)}`,
      sql`INSERT INTO withdrawals (resource_number, from_datetime, to_datetime)
        VALUES (${number}, ${at(span.from)}, ${at(span.to)})`,
      ...moved,
      ...gaps.map((gap) => block(number, gap, request)),
      sql`DELETE FROM withdrawals
        WHERE resource_number = ${number} AND ${count} = ${moves.length + gaps.length}`,
    ]
  }

  function block(number: number, gap: TimeSpan & { id: string }, request: Request): SQL {
    const { body, caller } = request
    return sql`INSERT INTO ${allocations} (id, resource_number, from_datetime, to_datetime,
        allocation_type, description, dump, created, created_by)
      VALUES (${idOf(gap.id)}, ${number}, ${at(gap.from)}, ${at(gap.to)}, ${maintenance},
        ${body.description ?? ''}, '{}', ${at(clock())}, ${caller.id})`
  }
}

function readWithdrawn(body: NewWithdrawal): TimeSpan {
  const errors: FieldError[] = []
  const read = (name: 'from_datetime' | 'to_datetime') => {
    const time = readInstant(body[name] ?? '')
    if (time === undefined) errors.push({ pointer: `#/${name}`, detail: 'Not a valid time.' })
    return time ?? NaN
  }
  const span = {
    from: read('from_datetime'),
    to: body.to_datetime === undefined ? Infinity : read('to_datetime'),
  }
  if (errors.length > 0) throw invalid(errors)
  return span
}

function toSpanOf({
  from_datetime: from,
  to_datetime: to,
}: {
  from_datetime: number
  to_datetime: number
}): TimeSpan {
  return { from, to }
}

/** What is left of a span after subtracting others, which are in order. */
function toGaps({ from, to }: TimeSpan, others: TimeSpan[]): TimeSpan[] {
  const begins = [from, ...others.map((other) => other.to)]
  const ends = [...others.map((other) => other.from), to]
  return begins
    .map((begin, index) => ({ from: begin, to: ends[index] ?? to }))
    .filter((gap) => gap.from < gap.to)
}

function toAnswer({ moves, stranded, resource, span }: Plan, body: NewWithdrawal): WithdrawalPlan {
  const parts = [
    resource.id,
    [span.from, span.to].map(String),
    body.description,
    moves.map(({ row, to }) => [row.id, row.version, to.id]),
    stranded.map(({ id, version }) => [id, version]),
  ]
  return {
    plan: hash('sha256', JSON.stringify(parts), 'hex').slice(0, 32),
    carried_out: false,
    moves: moves.map(({ row, to }) => ({ allocation: row.id, to: to.id })),
    stranded: stranded.filter((row) => row.allocation_type !== decommissioned).map(({ id }) => id),
  }
}
