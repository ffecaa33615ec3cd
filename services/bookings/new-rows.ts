import type { Caller } from '../../shared/access.ts'
import type { Allocation } from '../../shared/schemas/allocation.ts'
import { toSearchText, type Wanted } from './booking-values.ts'
import { hold } from './hold.ts'
import { toNumber } from './number.ts'
import { toStamp, type Judgement } from './rulebook.ts'
import type { Stored } from './settle.ts'
import type { BookingRow, ItemRow } from './tables.ts'

interface NewRows {
  wanted: Omit<Wanted, 'items'>
  caller: Caller
  allocations: readonly Allocation[]
  judgement: Judgement
  /** When the request began; the same for all days of a series. */
  now: number
  /** For a series, distinguishes its requests; otherwise see the table. */
  request_key: string | null
  series_id: string | null
  /** Confirmed from the start: inventory knows. */
  isSettled?: boolean
}

/** The rows of a booking that is held and about to be recorded. */
export function toStored(id: string, made: NewRows): Stored {
  const { wanted, caller, allocations, judgement, now, request_key, series_id, isSettled } = made
  const { title, note, booked_for, from: from_datetime, to: to_datetime } = wanted
  const number = toNumber(id)
  const what = { id, number, title, note, booked_for, from_datetime, to_datetime, series_id }
  const state = judgement.needsApproval
    ? { state: 'requested', decide_by: judgement.deadline, check_in_by: null }
    : { state: 'confirmed', decide_by: null, check_in_by: judgement.checkInBy }
  const who = { created_by: caller.id, created: now, changed_by: caller.id, version: 1 }
  const begun = isSettled ? null : now
  const begun_until = begun && begun + hold.for_ms
  const making = { unsettled: begun, begun_until, request_key }
  const undecided = { decided_by: null, reason: null, moving: null, moving_with: null }
  const search_text = toSearchText({ number, title })
  const row: BookingRow = { ...what, ...state, ...undecided, ...who, ...making, search_text }
  const items = allocations.map((allocation, position): ItemRow => {
    const { id: allocation_id, resource_id, resource_type } = allocation
    const span = { from_datetime, to_datetime, check_in_by: null, lost: null }
    const place = { allocation_id, resource_id, resource_type, ...span }
    return { booking_id: id, position, is_next: 0, ...place, ...toStamp(judgement, position) }
  })
  return { row, items }
}
