import type { Context } from '../../../shared/context.ts'
import { createExport } from '../export/export.ts'
import type { BookingsTables } from '../tables.ts'
import { createUtilisation } from './utilisation.ts'

type Dependencies = Parameters<typeof createUtilisation>[2] & Parameters<typeof createExport>[2]

/** Who had what: summed up, and line by line. */
export function createReports(
  context: Context,
  tables: BookingsTables,
  dependencies: Dependencies,
) {
  return {
    utilisation: createUtilisation(context, tables, dependencies),
    exportBookings: createExport(context, tables, dependencies),
  }
}
