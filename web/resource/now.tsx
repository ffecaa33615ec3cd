import type { Allocation } from '../../shared/schemas/allocation.ts'
import type { Handover } from '../../shared/schemas/handover.ts'
import { nameKind } from '../bookings/kind.ts'
import { t } from '../i18n.ts'
import { nameOf } from '../people/names.ts'
import { formatTime } from '../time.ts'

interface NowProps {
  /** Bookings from now on, by start. */
  upcoming: Allocation[]
  /** The current user; undefined: nobody, or not visible. */
  out: Handover | undefined
}

/** Who has it now, and until when. */
export function Now({ upcoming, out }: NowProps) {
  return (
    <section class="card">
      <h2>{t('resource.now')}</h2>
      <p role="status">
        {out ? describeOut(out) : describeBooked(upcoming)}{' '}
        {out?.late && <span class="badge bad">{t('booking_state.late')}</span>}
      </p>
    </section>
  )
}

function describeOut({ booked_for, checked_out, due }: Handover): string {
  const who = nameOf(booked_for) || t('resource.somebody')
  return t('resource.has_it', { who, since: formatTime(checked_out.at), due: formatTime(due) })
}

function describeBooked(upcoming: Allocation[]): string {
  const now = Date.now()
  const startOf = ({ from_datetime }: Allocation) => Date.parse(from_datetime ?? '') || -Infinity
  const held = upcoming.filter(({ held_until }) => !held_until || Date.parse(held_until) > now)
  const current = held.find((it) => startOf(it) <= now)
  if (!current) {
    const next = held.map(startOf).toSorted((a, b) => a - b)[0]
    return next === undefined
      ? t('resource.free')
      : t('resource.free_until', { when: formatTime(new Date(next)) })
  }
  const when = current.to_datetime ? formatTime(current.to_datetime) : '∞'
  if (current.allocation_type !== 'booking') {
    return t('resource.busy_until', { what: nameKind(current.allocation_type), when })
  }
  const who = nameOf(current.booked_for) || t('resource.somebody')
  return t('resource.booked_until', { who, when })
}
