import type { Allocation } from '../../shared/schemas/allocation.ts'
import { api, ask } from '../api.ts'
import { t } from '../i18n.ts'
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

/** @param out allocations of bookings that somebody has taken and not brought back */
export function stateOf(allocation: Allocation, out: ReadonlySet<string>): BarState {
  const { id, allocation_type, status, to_datetime } = allocation
  if (allocation_type !== 'booking') return 'blocked'
  if (isOfBooking(allocation) && status === 'held' && isUndecided(allocation)) return 'requested'
  if (!out.has(id)) return 'booking'
  return to_datetime !== null && Date.parse(to_datetime) <= Date.now() ? 'late' : 'out'
}

// A request is decided before it begins; what is to be picked up is held for a while after.
function isUndecided({ held_until, from_datetime }: Allocation): boolean {
  return !held_until || !from_datetime || Date.parse(held_until) <= Date.parse(from_datetime)
}

const words = {
  requested: 'booking_state.requested',
  out: 'booking_state.checked_out',
  late: 'booking_state.late',
} as const

// Where there is no room for words: colour alone tells nothing to many.
const signs = { requested: '?', out: '▸', late: '!' }

/** What a bar has room for: its sign, what, and for whom. */
export function labelBar(allocation: Allocation, state: BarState): string {
  const name = nameWith(state === 'blocked' ? nameKind(allocation.allocation_type) : '', allocation)
  return state in signs ? `${signs[state as keyof typeof signs]} ${name}` : name
}

/** The same with its state in words. */
export function nameBar(allocation: Allocation, state: BarState): string {
  const { allocation_type } = allocation
  const kind = allocation_type === 'booking' ? '' : nameKind(allocation_type)
  return nameWith(state in words ? t(words[state as keyof typeof words]) : kind, allocation)
}

function nameWith(prefix: string, allocation: Allocation): string {
  const { description, to_infinity, booked_for } = allocation
  const what = [prefix, description].filter(Boolean).join(': ')
  const name = [what, nameOf(booked_for)].filter(Boolean).join(', ') || t('booking.one')
  return to_infinity ? `${name} (${t('span.no_end')})` : name
}

/** What is out now, as ids of allocations. */
export async function listOut(): Promise<ReadonlySet<string>> {
  const list = (state: 'checked_out' | 'late') =>
    ask(api.bookings.bookings.get({ query: { state, limit: '200' } }))
  const found = (await Promise.all([list('checked_out'), list('late')])).flat()
  return new Set(found.flatMap(({ items }) => items.map((item) => item.allocation_id)))
}

/** The id of the booking that an allocation belongs to; undefined when it is not for the user. */
export async function findBookingId({ id, reference }: Allocation): Promise<string | undefined> {
  if (!reference) return undefined
  const found = await ask(api.bookings.bookings.get({ query: { q: reference, limit: '10' } }))
  return found.find(({ items }) => items.some((item) => item.allocation_id === id))?.id
}
