import type { Allocation } from '../../shared/schemas/allocation.ts'
import { api } from '../api.ts'
import { t } from '../i18n.ts'
import { readAll } from '../paging.ts'
import { nameOf } from '../people/names.ts'
import { isAdmin, user } from '../session/session.ts'
import { nameKind } from './kind.ts'

/** The meaning of a bar in the calendar. */
export type BarState = 'requested' | 'out' | 'late' | 'booking' | 'blocked'

// The name inventory gives to the bookings service.
const byRules = 'service:bookings'

/** Whether it belongs to a booking, and is only changed through it. */
export function isOfBooking({ created_by }: Pick<Allocation, 'created_by'>): boolean {
  return created_by === byRules
}

export function mayChange({ created_by, booked_for, to_datetime }: Allocation): boolean {
  const me = user.value?.id
  const isOver = to_datetime !== null && Date.parse(to_datetime) <= Date.now()
  return isAdmin.value || (!isOver && (created_by === me || booked_for === me))
}

/** @param out from `listOut` */
export function stateOf(allocation: Allocation, out: ReadonlySet<string>): BarState {
  const { allocation_type, reference, resource_id, status, to_datetime } = allocation
  if (allocation_type !== 'booking') return 'blocked'
  if (isOfBooking(allocation) && status === 'held' && isUndecided(allocation)) return 'requested'
  if (!reference || !out.has(toHeld(reference, resource_id))) return 'booking'
  return to_datetime !== null && Date.parse(to_datetime) <= Date.now() ? 'late' : 'out'
}

// A booking and its allocation share the number.
const toHeld = (number: string, resourceId: string) => `${number} ${resourceId}`

// Held until decided, or until check-in.
function isUndecided({ held_until, from_datetime }: Allocation): boolean {
  return !held_until || !from_datetime || Date.parse(held_until) <= Date.parse(from_datetime)
}

const words = {
  requested: 'booking_state.requested',
  out: 'booking_state.checked_out',
  late: 'booking_state.late',
} as const

type NamedState = keyof typeof words

/** Whether it is more than just booked, or out of use. */
export function isNamed(state: BarState): state is NamedState {
  return state in words
}

export const nameState = (state: NamedState) => t(words[state])

// Signs for narrow bars, as colour alone is not enough.
const signs: Partial<Record<BarState, string>> = {
  requested: '?',
  out: '▸',
  late: '!',
  blocked: '×',
}

export function signOf(state: BarState): string {
  return signs[state] ?? ''
}

/** The person or "out of use", and the purpose: each may be empty. */
export function partsOf({ allocation_type, booked_for, description }: Allocation) {
  const who = allocation_type === 'booking' ? nameOf(booked_for) : nameKind(allocation_type)
  return { who, what: description || (who ? '' : t('booking.one')) }
}

/** An allocation in words, with its state. */
export function nameBar(allocation: Allocation, state: BarState): string {
  const { who, what } = partsOf(allocation)
  const prefix = isNamed(state) ? `${nameState(state)}: ` : ''
  const name = prefix + [who, what].filter(Boolean).join(' ')
  return allocation.to_infinity ? `${name} (${t('span.no_end')})` : name
}

/** Currently checked-out bookings, for `stateOf`. */
export async function listOut(): Promise<ReadonlySet<string>> {
  const found = await readAll((page) =>
    api.bookings.handovers.get({ query: { out: 'true', ...page } }),
  )
  return new Set(found.map(({ number, resource_id }) => toHeld(number, resource_id)))
}
