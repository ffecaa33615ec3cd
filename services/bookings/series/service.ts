import type { Context } from '../../../shared/context.ts'
import type { Abandon } from '../abandon.ts'
import type { Quotas } from '../quotas.ts'
import type { Reservations } from '../reservations.ts'
import type { Rulebook } from '../rulebook.ts'
import type { Settlement } from '../settle.ts'
import type { BookingsTables } from '../tables.ts'
import type { TypeIds } from '../type-ids.ts'
import { createCancelSeries } from './cancel-series.ts'
import { createChangeSeries } from './change-series.ts'
import { createSeries } from './create-series.ts'
import { createDecideSeries } from './decide-series.ts'
import { createFindSeries } from './find-series.ts'
import { createChangeJudge } from './judge-change.ts'
import { createDayJudge } from './judge-days.ts'
import { createMakeDays } from './make-days.ts'
import { createRecordChange } from './record-change.ts'
import { createReserve } from './reserve.ts'

interface Dependencies {
  abandon: Abandon
  quotas: Quotas
  reservations: Reservations
  rulebook: Rulebook
  settlement: Settlement
  typeIds: TypeIds
}

/** The rules of recurring bookings. */
export function seriesService(
  context: Context,
  tables: BookingsTables,
  dependencies: Dependencies,
) {
  const { abandon, reservations, settlement, rulebook, typeIds } = dependencies
  const find = createFindSeries(context, tables, { rulebook, settlement })
  const judgeDays = createDayJudge(dependencies)
  const reserve = createReserve(reservations)
  const makeDays = createMakeDays(context, tables, {
    abandon,
    judgeDays,
    reservations,
    reserve,
    settlement,
  })
  const judgeChange = createChangeJudge({ judgeDays, reservations, rulebook })
  const recordChange = createRecordChange(context, tables)
  const { settleChange, settleDecision } = settlement
  const changing = { find, judgeChange, recordChange, reservations, rulebook, settleChange }
  return {
    change: createChangeSeries(context, changing),
    decide: createDecideSeries(context, tables, { find, rulebook, settleDecision }),
    ...createSeries(context, tables, { find, makeDays, settlement, typeIds }),
    cancel: createCancelSeries(context, tables, { find, reservations, rulebook }),
    get: find.get,
  }
}
