import { Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { sql, type SQL } from 'drizzle-orm'
import { Id, text } from '../../../shared/schemas/primitive.ts'
import type { UsersTables } from '../tables.ts'

/** Where a page of people ends, ordered by name. */
export type NamePosition = [key: string, id: string]

const Position = Type.Tuple([text(100), Id])

export function isNamePosition(value: unknown): value is NamePosition {
  return Value.Check(Position, value)
}

export function isAfterName(users: UsersTables['users'], [key, id]: NamePosition): SQL {
  return sql`(${users.display_key}, ${users.id}) > (${key}, ${sql.param(id, users.id)})`
}
