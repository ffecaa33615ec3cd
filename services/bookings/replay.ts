import type { Versioned, VersionedOnce } from '../../shared/answer.ts'
import { findReplay, type IdempotencyKey } from '../../shared/idempotency.ts'
import { isRefusal } from '../../shared/problem.ts'
import type { Booking } from '../../shared/schemas/booking.ts'
import type { StoredResponse } from '@campus/store/batch.ts'
import type { Store } from '@campus/store/store.ts'
import { retryOnConflict } from '../../shared/retry-on-conflict.ts'
import { toBooking } from './booking-values.ts'
import type { Stored } from './settle.ts'

type Step<T> = () => Promise<(Versioned<T> & Partial<VersionedOnce<T>>) | undefined>

/**
 * Runs a step once per idempotency key.
 * @param finish completes an interrupted step, so that its result is known
 */
export function createRunOnce<T>(store: Store, finish: (value: T) => Promise<unknown>) {
  /**
   * Retries a step that lost to another change.
   * @param step undefined if it lost; stores its response in its own commit
   * @throws what the step throws
   */
  async function once(
    key: IdempotencyKey | undefined,
    step: Step<T>,
    attemptsMax?: number,
  ): Promise<VersionedOnce<T>> {
    return retryOnConflict(async () => {
      const earlier = await findEarlier(key)
      if (earlier) return earlier
      const done = await step().catch((error: unknown) => findInTheWay(key, error))
      return done && { replayed: false, ...done }
    }, attemptsMax)
  }

  /** @returns undefined if the key is new, or its result was undone */
  async function findEarlier(key: IdempotencyKey | undefined) {
    const earlier = await findReplay<Versioned<T>>(store, key)
    if (!earlier) return undefined
    await finish(earlier.value.value)
    const replay = await findReplay<Versioned<T>>(store, key)
    return replay && { ...replay.value, replayed: true }
  }

  // The step may have been refused because a copy of this request came first.
  async function findInTheWay(key: IdempotencyKey | undefined, error: unknown) {
    const copy = isRefusal(error) ? await findEarlier(key) : undefined
    if (copy) return copy
    throw error
  }

  return once
}

export type Once = ReturnType<typeof createRunOnce<Booking>>

/** The stored response of a step that changes a booking. */
export function toResponse(
  key: IdempotencyKey | undefined,
  { row, items }: Stored,
): StoredResponse | undefined {
  return toStoredResponse(key, { value: toBooking(row, items), version: row.version + 1 })
}

/** The stored response that `once` returns to a retry. */
export function toStoredResponse(
  key: IdempotencyKey | undefined,
  answer: Versioned<unknown>,
): StoredResponse | undefined {
  return key && { ...key, answer: JSON.stringify(answer) }
}
