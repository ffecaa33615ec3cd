import { and, eq, isNotNull, ne, sql, type Column, type SQL } from 'drizzle-orm'
import type { Store } from '@campus/store/store.ts'
import { removed } from '../../../shared/removed.ts'
import type { InventoryTables } from '../tables.ts'

const rowsAtOnce = 200

/**
 * Removes the ids of removed accounts from bookings, history and changes; the spans stay. A few
 * rows at a time, so that others can write meanwhile.
 */
export function createForget({ atomically }: Store, tables: InventoryTables) {
  const { allocations, allocation_versions: versions, events } = tables

  return async function forget(userIds: string[]): Promise<void> {
    for (const user of userIds) {
      for (const { table, key, columns, wheres } of placesOf(user)) {
        for (const where of wheres) await replace(table, { key, columns, where, user })
      }
    }
  }

  // Each condition is that of an index.
  function placesOf(user: string) {
    const ofPerson = ({ booked_for, created_by }: Record<'booked_for' | 'created_by', Column>) => [
      sql`coalesce(${booked_for}, ${created_by}) = ${user}`,
      and(isNotNull(booked_for), eq(created_by, user)),
    ]
    const { created_by, booked_for, changed_by } = versions
    const byAnother = ne(changed_by, sql`coalesce(${booked_for}, ${created_by})`)
    return [
      {
        table: allocations,
        key: allocations.id,
        columns: ['created_by', 'booked_for'],
        wheres: ofPerson(allocations),
      },
      {
        table: versions,
        key: versions.number,
        columns: ['changed_by', 'created_by', 'booked_for'],
        wheres: [and(eq(changed_by, user), byAnother), ...ofPerson(versions)],
      },
      {
        table: events,
        key: events.id,
        columns: ['signed_by'],
        wheres: [eq(events.signed_by, user)],
      },
    ]
  }

  async function replace(
    table: InventoryTables['allocations' | 'allocation_versions' | 'events'],
    { key, columns, where, user }: Replacement,
  ): Promise<void> {
    const few = sql`SELECT ${key} FROM ${table} WHERE ${where} LIMIT ${rowsAtOnce}`
    const changes = columns.map((name) => {
      const column = sql.identifier(name)
      return sql`${column} = CASE WHEN ${column} = ${user} THEN ${removed} ELSE ${column} END`
    })
    const some = sql`UPDATE ${table} SET ${sql.join(changes, sql`, `)} WHERE ${key} IN (${few})`
    while (await atomically([some]));
  }
}

interface Replacement {
  key: Column
  columns: string[]
  where: SQL | undefined
  user: string
}
