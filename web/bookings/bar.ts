import type { Allocation } from '../../shared/schemas/allocation.ts'
import { api } from '../api.ts'
import { t } from '../i18n.ts'
import { readAll } from '../paging.ts'
import { nameOf } from '../people/names.ts'
import { isAdmin, user } from '../session/session.ts'
import { nameKind } from './kind.ts'

/** What a bar of the calendar stands for. */
export type BarState = 'requested' | 'out' | 'late' | 'booking' | 'blocked'

// As the inventory names whoever books there for bookings.
const byRules = 'service:bookings'

/** Whether it belongs to a booking, by which alone it is changed. */
export function isOfBooking({ created_by }: Pick<Allocation, 'created_by'>): boolean {
  return created_by === byRules
}

export function mayChange({ created_by, booked_for, to_datetime }: Allocation): boolean {
  const me = user.value?.id
  const isOver = to_datetime !== null && Date.parse(to_datetime) <= Date.now()
  return isAdmin.value || (!isOver && (created_by === me || booked_for === me))
}

/** @param out as `listOut` has it */
export function stateOf(allocation: Allocation, out: ReadonlySet<string>): BarState {
  const { allocation_type, reference, resource_id, status, to_datetime } = allocation
  if (allocation_type !== 'booking') return 'blocked'
  if (isOfBooking(allocation) && status === 'held' && isUndecided(allocation)) return 'requested'
  if (!reference || !out.has(toHeld(reference, resource_id))) return 'booking'
  return to_datetime !== null && Date.parse(to_datetime) <= Date.now() ? 'late' : 'out'
}

// A booking and its allocation have the number in common.
const toHeld = (number: string, resourceId: string) => `${number} ${resourceId}`

// A request is decided before it begins; what is to be picked up is held for a while after.
function isUndecided({ held_until, from_datetime }: Allocation): boolean {
  return !held_until || !from_datetime || Date.parse(held_until) <= Date.parse(from_datetime)
}

const words = {
  requested: 'booking_state.requested',
  out: 'booking_state.checked_out',
  late: 'booking_state.late',
} as const

type ToldState = keyof typeof words

/** Whether it is more than booked, or out of use. */
export function isTold(state: BarState): state is ToldState {
  return state in words
}

export const nameState = (state: ToldState) => t(words[state])

// Where there is no room for words: colour alone tells nothing to many.
const signs: Partial<Record<BarState, string>> = {
  requested: '?',
  out: '▸',
  late: '!',
  blocked: '×',
}

export function signOf(state: BarState): string {
  return signs[state] ?? ''
}

/** Who has it, or that it is out of use, and what for: each may be empty. */
export function partsOf({ allocation_type, booked_for, description }: Allocation) {
  const who = allocation_type === 'booking' ? nameOf(booked_for) : nameKind(allocation_type)
  return { who, what: description || (who ? '' : t('booking.one')) }
}

/** The same in words, with how it stands. */
export function nameBar(allocation: Allocation, state: BarState): string {
  const { who, what } = partsOf(allocation)
  const prefix = isTold(state) ? `${nameState(state)}: ` : ''
  const name = prefix + [who, what].filter(Boolean).join(' ')
  return allocation.to_infinity ? `${name} (${t('span.no_end')})` : name
}

/** What somebody has in hand at this moment, for `stateOf`. */
export async function listOut(): Promise<ReadonlySet<string>> {
  const found = await readAll((page) =>
    api.bookings.handovers.get({ query: { out: 'true', ...page } }),
  )
  return new Set(found.map(({ number, resource_id }) => toHeld(number, resource_id)))
}
