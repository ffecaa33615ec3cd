import type { Context } from '../../shared/context.ts'
import { storeResponses, writeOnce } from '../../shared/idempotency.ts'
import type { StoredResponse } from '@campus/store/batch.ts'
import { violation } from '@campus/store/error.ts'
import { createGroupCommit } from '@campus/store/group-commit.ts'
import { prepareInserts } from '@campus/store/insert.ts'
import type { Judgement, Rulebook } from './rulebook.ts'
import type { Stored } from './settle.ts'
import type { AttachedRow, BookingsTables } from './tables.ts'

interface Recording extends Stored {
  judgement: Judgement
  /** The response to retries with its idempotency key. */
  response: StoredResponse | undefined
  /** Files attached from the start. */
  attached: readonly AttachedRow[]
}

const byKey = (a: Recording, b: Recording) =>
  (a.response?.key ?? '') < (b.response?.key ?? '') ? -1 : 1

/** Records bookings whose time is held, while the policies they were judged by are in force. */
export function createRecord(
  { store, clock }: Pick<Context, 'store' | 'clock'>,
  { bookings, booking_items: items, booking_files: files }: BookingsTables,
  rulebook: Rulebook,
) {
  const insertBookings = prepareInserts(store, bookings)
  const insertItems = prepareInserts(store, items)
  const insertFiles = prepareInserts(store, files)

  function toInserts(recorded: readonly Recording[]) {
    return [
      ...insertBookings(recorded.map(({ row }) => row)),
      ...insertItems(recorded.flatMap((one) => one.items)),
      ...insertFiles(recorded.flatMap((one) => one.attached)),
    ]
  }

  /** Records them in one commit, with one check of the policies. */
  async function recordAlike(alike: Recording[]): Promise<boolean> {
    const [first] = alike
    if (!first) return false
    const responses = alike.map(({ response }) => response)
    return store.atomically(
      [
        ...storeResponses(store, responses, clock()),
        ...toInserts(alike),
        rulebook.keepIfHolds(first.judgement),
      ],
      first.row.id,
    )
  }

  // Bookings under quotas have to take turns.
  const recordTogether = createGroupCommit<Recording, boolean>({
    write: async (all) => {
      // Those judged by older policies must be judged again.
      const last = Math.max(...all.map(({ judgement }) => judgement.epoch))
      const alike = all.filter(({ judgement }) => judgement.epoch === last)
      // Another process may record retries of them; the same order avoids a deadlock.
      const isRecorded = await recordAlike(alike.toSorted(byKey))
      return all.map((one) => isRecorded && one.judgement.epoch === last)
    },
    concurrency: 4,
  })

  /** @returns false if it exists, its policies have changed, or it was given back */
  return async function record(one: Recording): Promise<boolean> {
    const { row, judgement, response } = one
    try {
      if (judgement.draws.draws.length === 0) return await recordTogether(one)
      const statements = [
        ...rulebook.takeTurn(judgement),
        ...toInserts([one]),
        rulebook.keepIfHolds(judgement),
      ]
      return await writeOnce(store, statements, { response, now_ms: clock(), turn: row.booked_for })
    } catch (error) {
      const broken = violation(error)
      if (broken === 'unique' || broken === 'exclusion') return false
      throw error
    }
  }
}
