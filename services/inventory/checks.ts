import { sql } from 'drizzle-orm'
import type { Check } from '../../shared/check.ts'
import { readPieces } from '@campus/store/reader.ts'

const resourcesAtOnce = 1000

/** Invariants of bookings, verified from the rows, independent of the constraints. */
export const inventoryChecks: Record<string, Check> = {
  overlaps: async function* overlaps({ reader }) {
    const column = 'resource_number'
    const pieces = readPieces(reader, { table: 'allocations', column, size: resourcesAtOnce })
    for await (const piece of pieces) {
      const found = await reader.rows<{ resource_type: string; name: string; count: number }>(sql`
        SELECT r.resource_type, r.name, count(*) AS count FROM (
          SELECT resource_number, from_datetime, max(to_datetime) OVER (
            PARTITION BY resource_number ORDER BY from_datetime, to_datetime
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS earlier_end
          FROM allocations WHERE ${piece}) AS spans
        JOIN resources r ON r.number = spans.resource_number
        WHERE earlier_end > from_datetime GROUP BY r.number, r.resource_type, r.name`)
      for (const { resource_type, name, count } of found) {
        yield `${resource_type} ${JSON.stringify(name)}: ${count} overlap what is before them`
      }
    }
  },
}
