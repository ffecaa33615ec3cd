import { and, eq, gt, inArray, or, sql, type SQL } from 'drizzle-orm'
import type { Caller } from '../../../shared/access.ts'
import type { Store } from '@campus/store/store.ts'
import type { InventoryTables } from '../tables.ts'
import type { Own } from './own.ts'

/** Which move of which allocations; a later one of the same allocations has a higher `fence`. */
export interface Move {
  ids: string[]
  fence: number
  caller: Caller
}

/**
 * The last decided move of each allocation, and its outcome. A late copy of a request for a move
 * that was refused or superseded must do nothing.
 */
export function createDecidedMoves(
  { db }: Store,
  { allocations, reservation_moves: moves }: InventoryTables,
  { among }: Own,
) {
  return {
    /** SQL: decides a move, unless it or a later one was already decided otherwise. */
    decide: ({ ids, fence, caller }: Move, isMoved: 0 | 1): SQL => sql`
      INSERT INTO ${moves} (allocation_id, fence, is_moved)
      SELECT id, CAST(${fence} AS integer), CAST(${isMoved} AS integer)
      FROM ${allocations} WHERE ${among(ids, caller)}
      ON CONFLICT (allocation_id) DO UPDATE
      SET fence = excluded.fence, is_moved = excluded.is_moved
      WHERE reservation_moves.fence < excluded.fence
        OR (reservation_moves.fence = excluded.fence
          AND reservation_moves.is_moved = excluded.is_moved)`,
    /** SQL condition: this move of an allocation is its last one. */
    isLast: (id: string, fence: number): SQL => sql`EXISTS (SELECT 1 FROM ${moves}
      WHERE ${and(eq(moves.allocation_id, id), eq(moves.fence, fence), eq(moves.is_moved, 1))})`,
    /** Why a move did nothing, if because of other moves. */
    explain: async ({ ids, fence }: Move): Promise<'refused' | 'superseded' | undefined> => {
      const isRefused = and(eq(moves.fence, fence), eq(moves.is_moved, 0))
      const found = await db
        .select({ fence: moves.fence })
        .from(moves)
        .where(and(inArray(moves.allocation_id, ids), or(gt(moves.fence, fence), isRefused)))
      if (found.length === 0) return undefined
      return found.some((move) => move.fence > fence) ? 'superseded' : 'refused'
    },
  }
}

export type DecidedMoves = ReturnType<typeof createDecidedMoves>
