import { toServiceCaller, type Caller } from '../../../shared/access.ts'
import type { Context } from '../../../shared/context.ts'
import { readInstant, toInstant } from '../../../shared/instant.ts'
import { readNextCursor } from '../../../shared/page.ts'
import type { Allocation } from '../../../shared/schemas/allocation.ts'
import type { InventoryApi } from '../../inventory/index.ts'
import { toInventoryProblem } from '../inventory-problem.ts'
import type { Span } from '../policy/rules.ts'
import type { Rulebook } from '../rulebook.ts'
import type { ReportReader } from '../usage/subjects.ts'
import type { Line } from './line.ts'

const linesAtOnce = '500'
const { id: ofBookings } = toServiceCaller('bookings')

/** What was booked in the inventory itself, where there are no rules: by start. */
export function createDirectLines({ client }: Pick<Context, 'client'>, rulebook: Rulebook) {
  /** Those that touch the window, and that the caller may see. */
  return async function* read(
    window: Span,
    caller: Caller,
    { authorization = '', type }: ReportReader & { type: string | undefined },
  ): AsyncGenerator<Line[]> {
    const { isAll, types, resources } = await rulebook.findManaged(caller)
    const manages = isAll || types.length + resources.length > 0
    const query = {
      from: toInstant(window.from) ?? '',
      to: toInstant(window.to) ?? '',
      status: 'confirmed',
      limit: linesAtOnce,
      ...(type !== undefined && { type }),
      ...(!manages && ({ mine: 'true' } as const)),
    } as const
    for (let cursor: string | undefined; ;) {
      const answer = await client<InventoryApi>('inventory').api.allocations.get({
        query: { ...query, ...(cursor !== undefined && { cursor }) },
        headers: { authorization },
      })
      if (answer.error) throw toInventoryProblem(answer)
      const direct = answer.data.filter(isDirect)
      const managed = new Set(await rulebook.keepManaged(caller, direct))
      const isReadable = (one: Allocation) => one.booked_for === caller.id || managed.has(one)
      yield direct.filter(isReadable).map(toLine)
      cursor = readNextCursor(answer.response)
      if (cursor === undefined) return
    }
  }
}

function isDirect({ allocation_type, created_by }: Allocation): boolean {
  return allocation_type === 'booking' && created_by !== ofBookings
}

function toLine(allocation: Allocation): Line {
  const { resource_id, resource_type, from_datetime, to_datetime } = allocation
  return {
    number: allocation.reference,
    resource_id,
    resource_type,
    from: readInstant(from_datetime ?? '') ?? -Infinity,
    to: readInstant(to_datetime ?? '') ?? Infinity,
    state: 'confirmed',
    person: allocation.booked_for,
    title: allocation.description,
    handover: null,
  }
}
