import type { Versioned, VersionedOnce } from '../../shared/answer.ts'
import { findReplay, type IdempotencyKey } from '../../shared/idempotency.ts'
import { ProblemError } from '../../shared/problem.ts'
import type { Booking } from '../../shared/schemas/booking.ts'
import type { StoredResponse } from '../../shared/store/batch.ts'
import type { Store } from '../../shared/store/store.ts'
import { retryOnConflict } from '../../shared/version.ts'
import { toBooking } from './booking-values.ts'
import type { Settlement, Stored } from './settle.ts'

/** Steps of a booking that a retry with the same key does not take again. */
export function createOnce(store: Store, settlement: Settlement) {
  /**
   * Repeats a step that lost to another change; one with a key is done once.
   * @param step undefined when it lost; it stores `toResponse` in its commit
   * @throws what the step throws
   */
  async function once(
    key: IdempotencyKey | undefined,
    step: () => Promise<(Versioned<Booking> & Partial<VersionedOnce<Booking>>) | undefined>,
  ): Promise<VersionedOnce<Booking>> {
    return retryOnConflict(async () => {
      const earlier = await findEarlier(key)
      if (earlier) return earlier
      const done = await step().catch((error: unknown) => findInTheWay(key, error))
      return done && { replayed: false, ...done }
    })
  }

  /** @returns undefined when the key is new, or what it was for has come to nothing */
  async function findEarlier(key: IdempotencyKey | undefined) {
    const earlier = await findReplay<Versioned<Booking>>(store, key)
    if (!earlier) return undefined
    // It may have broken off: once it is settled, it is known what became of it.
    await settlement.find(earlier.value.value.id)
    const replay = await findReplay<Versioned<Booking>>(store, key)
    return replay && { ...replay.value, replayed: true }
  }

  // A copy of this very request may be what it is refused for.
  async function findInTheWay(key: IdempotencyKey | undefined, error: unknown) {
    const isRefused = error instanceof ProblemError && error.status < 500
    const copy = isRefused ? await findEarlier(key) : undefined
    if (copy) return copy
    throw error
  }

  return once
}

export type Once = ReturnType<typeof createOnce>

/** The response of a step that makes this of a booking. */
export function toResponse(
  key: IdempotencyKey | undefined,
  { row, items }: Stored,
): StoredResponse | undefined {
  if (!key) return undefined
  const answer = { value: toBooking(row, items), version: row.version + 1 }
  return { ...key, answer: JSON.stringify(answer) }
}
