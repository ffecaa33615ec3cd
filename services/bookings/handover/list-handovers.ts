import {
  and,
  desc,
  eq,
  exists,
  getTableColumns,
  gt,
  isNotNull,
  isNull,
  not,
  or,
  sql,
  type SQL,
} from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import type { Caller } from '../../../shared/access.ts'
import type { Versioned } from '../../../shared/answer.ts'
import type { Context } from '../../../shared/context.ts'
import { isInstant, toInstant } from '../../../shared/instant.ts'
import { readCursor, rowsToAsk, toPage, type Page, type PageQuery } from '../../../shared/page.ts'
import { notFound } from '../../../shared/problem.ts'
import type { Handover, HandoverRecord } from '../../../shared/schemas/handover.ts'
import { isId } from '../../../shared/schemas/primitive.ts'
import type { Find } from '../find-bookings.ts'
import type { Rulebook } from '../rulebook.ts'
import type { BookingsTables, HandoverRow } from '../tables.ts'

export interface HandoverQuery extends PageQuery {
  resource_id?: string | undefined
  booking_id?: string | undefined
  out?: 'true' | undefined
  damaged?: 'true' | 'still' | undefined
}

type Position = [checked_out: number, id: string]

/** Lists handovers, newest first. */
export function createListHandovers(
  { store, clock }: Context,
  { bookings, handovers, handover_corrections: corrections }: BookingsTables,
  { find, rulebook }: { find: Find; rulebook: Rulebook },
) {
  const { number, booked_for, to_datetime } = bookings
  const corrected = sql<number | null>`(SELECT max(${corrections.corrected}) FROM ${corrections}
    WHERE ${eq(corrections.handover_id, handovers.id)})`.mapWith(corrections.corrected)
  const own = { ...getTableColumns(handovers), number, booked_for, to_datetime }
  const columns = { ...own, corrected: corrected.as('corrected') }
  const later = alias(handovers, 'later')
  const isGoodSince = exists(
    store.db
      .select({ id: later.id })
      .from(later)
      .where(
        and(
          eq(later.resource_id, handovers.resource_id),
          gt(later.checked_out, handovers.checked_out),
          or(eq(later.out_condition, 'good'), eq(later.in_condition, 'good')),
        ),
      ),
  )
  type Row = Awaited<ReturnType<typeof select>>[number]

  function select(where: SQL | undefined, query: HandoverQuery, caller: Caller) {
    return store
      .scan(caller.id)
      .db.select(columns)
      .from(handovers)
      .innerJoin(bookings, eq(bookings.id, handovers.booking_id))
      .where(where)
      .orderBy(desc(handovers.checked_out), desc(handovers.id))
      .limit(rowsToAsk(query))
  }

  /** Those of the caller's bookings, and of resources they manage. */
  async function list(query: HandoverQuery, caller: Caller): Promise<Page<Handover>> {
    const after = readCursor(query, isPosition)
    const { resource_id, booking_id } = query
    const where = and(
      await find.whereReadable(caller),
      resource_id === undefined ? undefined : eq(handovers.resource_id, resource_id),
      booking_id === undefined ? undefined : eq(handovers.booking_id, booking_id),
      query.out && isNull(handovers.returned),
      query.damaged && and(isNotNull(handovers.returned), eq(handovers.in_condition, 'damaged')),
      query.damaged === 'still' ? not(isGoodSince) : undefined,
      after && isBefore(after),
    )
    const rows = await select(where, query, caller)
    const page = toPage(rows, query, ({ checked_out, id }) => [checked_out, id])
    return { ...page, items: await Promise.all(page.items.map((row) => toShown(row, caller))) }
  }

  /** @throws 404; 403 unless it is theirs or they manage the resource */
  async function findRow(id: string, caller: Caller): Promise<HandoverRow> {
    const [row] = await store.db.select().from(handovers).where(eq(handovers.id, id))
    if (!row) throw notFound('handover', id)
    await find.find(row.booking_id, caller)
    return row
  }

  async function get(id: string, caller: Caller): Promise<Versioned<Handover>> {
    await findRow(id, caller)
    const [row] = await store.db
      .select(columns)
      .from(handovers)
      .innerJoin(bookings, eq(bookings.id, handovers.booking_id))
      .where(eq(handovers.id, id))
    if (!row) throw notFound('handover', id)
    return { value: await toShown(row, caller), version: row.version }
  }

  async function toShown(row: Row, caller: Caller): Promise<Handover> {
    const isDamaged = row.in_condition === 'damaged'
    return toHandover(row, isDamaged && (await rulebook.mayManage(caller, [row])))
  }

  function isBefore([checkedOut, id]: Position): SQL {
    const values = [
      sql.param(checkedOut, handovers.checked_out),
      sql.param(id, handovers.id),
    ] as const
    return sql`(${handovers.checked_out}, ${handovers.id}) < (${values[0]}, ${values[1]})`
  }

  function toHandover(row: Row, isForRepair: boolean): Handover {
    const resource = `/api/resources/${row.resource_id}`
    return {
      id: row.id,
      booking_id: row.booking_id,
      number: row.number,
      resource_id: row.resource_id,
      resource_type: row.resource_type,
      booked_for: row.booked_for,
      due: toInstant(row.to_datetime) ?? '',
      late: (row.returned ?? clock()) > row.to_datetime,
      checked_out: toRecord(row.checked_out, row.checked_out_by, {
        odometer: row.out_odometer,
        fuel: row.out_fuel,
        condition: row.out_condition,
        files: row.out_files,
        note: row.out_note,
      }),
      returned:
        row.returned === null
          ? null
          : toRecord(row.returned, row.returned_by ?? '', {
              odometer: row.in_odometer,
              fuel: row.in_fuel,
              condition: row.in_condition,
              files: row.in_files,
              note: row.in_note,
            }),
      repair: isForRepair
        ? { maintenance: `${resource}/allocations`, withdrawal: `${resource}/withdrawal` }
        : null,
      corrected: row.corrected === null ? null : (toInstant(row.corrected) ?? ''),
    }
  }

  return { list, get, findRow }
}

export type Handovers = ReturnType<typeof createListHandovers>

interface Recorded {
  odometer: number | null
  fuel: number | null
  condition: string | null
  files: string
  note: string
}

function toRecord(at: number, by: string, { condition, files, ...said }: Recorded): HandoverRecord {
  return {
    at: toInstant(at) ?? '',
    by,
    ...said,
    condition: condition as HandoverRecord['condition'],
    files: JSON.parse(files) as string[],
  }
}

function isPosition(value: unknown): value is Position {
  return Array.isArray(value) && value.length === 2 && isInstant(value[0]) && isId(value[1])
}
