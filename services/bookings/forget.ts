import { and, inArray, ne, sql, type Column } from 'drizzle-orm'
import type { Store } from '@campus/store/store.ts'
import { removed } from '../../shared/removed.ts'
import type { BookingsTables } from './tables.ts'

const rowsAtOnce = 200

/**
 * Removes the ids of removed accounts from bookings; times and resources stay. A few rows at a
 * time, so that others can write meanwhile.
 */
export function createForget(
  { atomically }: Store,
  { bookings, booking_events: events, handovers, ...others }: BookingsTables,
) {
  const { handover_corrections: corrections, policies, quota_turns: turns } = others
  const { booking_files: attached } = others
  const { booking_series: series } = others
  const { id, booked_for, created_by, decided_by, changed_by } = bookings

  return async function forget(userIds: string[]): Promise<void> {
    const isOf = (column: Column) => inArray(column, userIds)
    // Pending changes first: once settled, the id is in a row.
    for (const userId of userIds) {
      for (const one of toUnnamed(userId)) await atomically([one])
    }
    // Each condition matches an index.
    const actors = [created_by, decided_by, changed_by]
    const wheres = [isOf(booked_for), ...actors.map((it) => and(isOf(it), ne(it, booked_for)))]
    const changes = [booked_for, ...actors].map(
      (column) => sql`${sql.identifier(column.name)} = CASE
        WHEN ${isOf(column)} THEN ${removed} ELSE ${column} END`,
    )
    for (const where of wheres) {
      const few = sql`SELECT ${id} FROM ${bookings} WHERE ${where} LIMIT ${rowsAtOnce}`
      const some = sql`UPDATE ${bookings} SET ${sql.join(changes, sql`, `)} WHERE ${id} IN (${few})`
      while (await atomically([some]));
    }
    for (const column of [events.changed_by, events.was_for]) {
      const few = sql`SELECT ${events.id} FROM ${events} WHERE ${isOf(column)} LIMIT ${rowsAtOnce}`
      const some = sql`UPDATE ${events} SET ${sql.identifier(column.name)} = ${removed}
        WHERE ${events.id} IN (${few})`
      while (await atomically([some]));
    }
    await atomically([sql`DELETE FROM ${turns} WHERE ${isOf(turns.person)}`])
    for (const column of [handovers.checked_out_by, handovers.returned_by]) {
      const few = sql`SELECT ${handovers.id} FROM ${handovers}
        WHERE ${isOf(column)} LIMIT ${rowsAtOnce}`
      const some = sql`UPDATE ${handovers} SET ${sql.identifier(column.name)} = ${removed}
        WHERE ${handovers.id} IN (${few})`
      while (await atomically([some]));
    }
    await atomically([
      sql`UPDATE ${corrections} SET corrected_by = ${removed}
        WHERE ${isOf(corrections.corrected_by)}`,
    ])
    await atomically([
      sql`UPDATE ${attached} SET added_by = ${removed} WHERE ${isOf(attached.added_by)}`,
    ])
    for (const column of [series.booked_for, series.created_by]) {
      await atomically([
        sql`UPDATE ${series} SET ${sql.identifier(column.name)} = ${removed} WHERE ${isOf(column)}`,
      ])
    }
    await atomically([
      sql`UPDATE ${policies} SET created_by = ${removed} WHERE ${isOf(policies.created_by)}`,
    ])
  }
  /** SQL: removes the id from pending changes of bookings and series, where it is part of JSON. */
  function toUnnamed(userId: string) {
    const [was, is] = [`"${userId}"`, `"${removed}"`]
    const named = `%${was}%`
    return [
      sql`UPDATE ${series} SET changing = replace(changing, ${was}, ${is})
        WHERE changing LIKE ${named}`,
      sql`UPDATE ${bookings} SET moving = replace(moving, ${was}, ${is})
        WHERE unsettled IS NOT NULL AND moving LIKE ${named}`,
    ]
  }
}
