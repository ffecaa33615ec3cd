import { and, asc, desc, eq, gt, inArray, lte, ne, sql } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import { invalid, type FieldError } from '../../../shared/problem.ts'
import { violation } from '@campus/store/error.ts'
import type { BookingsTables, HandoverRow } from '../tables.ts'
import type { ResourceRecord } from './record.ts'

/** An odometer never falls. The database enforces it; this explains a refusal. */
export function createOdometer({ store }: Pick<Context, 'store'>, { handovers }: BookingsTables) {
  const { id, resource_id, checked_out, out_odometer, in_odometer } = handovers
  const first = sql<number>`coalesce(${out_odometer}, ${in_odometer})`
  const last = sql<number>`coalesce(${in_odometer}, ${out_odometer})`

  /** @throws 422 with the odometer's last value */
  async function keepOrder<T>(
    write: () => Promise<T>,
    listFallen: () => Promise<FieldError[]>,
  ): Promise<T> {
    try {
      return await write()
    } catch (error) {
      const isOrder = violation(error) === 'exclusion' || violation(error) === 'check'
      const errors = isOrder ? await listFallen() : []
      if (errors.length === 0) throw error
      throw invalid(errors, 'odometer_falls')
    }
  }

  /** Of what is recorded now: below what was the last. */
  async function listFallen(records: ResourceRecord[]): Promise<FieldError[]> {
    const ids = records.map(({ item }) => item.resource_id)
    const rows = await store.db
      .select({ id: resource_id, highest: sql<number>`max(${last})` })
      .from(handovers)
      .where(inArray(resource_id, ids))
      .groupBy(resource_id)
    const byResource = new Map(rows.map((row) => [row.id, row.highest]))
    return records.flatMap(({ item, record, pointer }) => {
      const highest = byResource.get(item.resource_id) ?? 0
      if (record.odometer === undefined || record.odometer >= highest) return []
      const detail = `It showed ${highest} at the last handover, and an odometer never falls.`
      return [{ pointer: `${pointer}/odometer`, detail }]
    })
  }

  /** A correction beyond the handovers before and after it. */
  async function listOutOfOrder(row: HandoverRow): Promise<FieldError[]> {
    const { out_odometer: out, in_odometer: back } = row
    const others = and(eq(resource_id, row.resource_id), ne(id, row.id))
    const [before] = await store.db
      .select({ value: last })
      .from(handovers)
      .where(and(others, lte(checked_out, row.checked_out), sql`${last} IS NOT NULL`))
      .orderBy(desc(checked_out))
      .limit(1)
    const [after] = await store.db
      .select({ value: first })
      .from(handovers)
      .where(and(others, gt(checked_out, row.checked_out), sql`${first} IS NOT NULL`))
      .orderBy(asc(checked_out))
      .limit(1)
    const lowest = before?.value ?? 0
    const highest = after?.value ?? Infinity
    const readings = [
      { pointer: '#/checked_out/odometer', value: out, least: lowest },
      { pointer: '#/returned/odometer', value: back, least: out ?? lowest },
    ]
    return readings.flatMap(({ pointer, value, least }) => {
      if (value === null || (value >= least && value <= highest)) return []
      const detail =
        value < least
          ? `It showed ${least} before, and an odometer never falls.`
          : `It showed ${highest} at the next handover, and an odometer never falls.`
      return [{ pointer, detail }]
    })
  }

  return { keepOrder, listFallen, listOutOfOrder }
}

export type Odometer = ReturnType<typeof createOdometer>
