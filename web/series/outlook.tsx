import { describeRule } from '../bookings/refusal-words.ts'
import { t } from '../i18n.ts'
import { formatRange } from '../time.ts'
import { Check } from '../ui/form.tsx'
import { Icon } from '../ui/icon.tsx'
import type { OutlookDay } from './series.ts'

export type ShownDay = OutlookDay & { isLeftOut?: boolean }

interface OutlookProps {
  days: readonly ShownDay[]
  /** By id. */
  names: ReadonlyMap<string, string>
  /** The requested one; undefined: any. */
  wanted?: string | undefined
  /** Absent if none of them can be left out. */
  toggle?: (date: string, isLeftOut: boolean) => void
}

/** Each day of a series before it is booked: its result, or why not. */
export function Outlook({ days, names, wanted, toggle }: OutlookProps) {
  return (
    <ul class="rows" aria-label={t('series.days')}>
      {days.map((day) => (
        <li key={day.date}>
          <div class="grow">
            {toggle ? (
              <Check
                label={formatRange(day.from, day.to)}
                checked={!day.isLeftOut}
                change={(isWanted) => toggle(day.date, !isWanted)}
              />
            ) : (
              formatRange(day.from, day.to)
            )}
            {!day.isLeftOut && <Note day={day} names={names} wanted={wanted} />}
          </div>
          {day.isLeftOut ? (
            <span class="badge">{t('series.skipped')}</span>
          ) : (
            <State state={day.state} />
          )}
        </li>
      ))}
    </ul>
  )
}

function Note({
  day,
  names,
  wanted,
}: Pick<OutlookProps, 'names' | 'wanted'> & { day: OutlookDay }) {
  const { resources, rules, state } = day
  const other = resources.find((id) => id !== wanted)
  const isOther = wanted !== undefined && other !== undefined
  const why = rules.length > 0 ? rules.map(describeRule) : [t('refusal.taken')]
  const text =
    state === 'refused'
      ? why.join(' ')
      : isOther
        ? t('series.instead', { name: names.get(other) ?? '' })
        : wanted === undefined
          ? resources.map((id) => names.get(id) ?? '').join(', ')
          : ''
  if (!text) return null
  return (
    <>
      <br />
      <span class="soft">{text}</span>
    </>
  )
}

function State({ state }: Pick<OutlookDay, 'state'>) {
  const look = {
    confirmed: { tone: 'good', icon: 'check', text: 'booking_state.confirmed' },
    requested: { tone: 'warn', icon: 'clock', text: 'booking_state.requested' },
    refused: { tone: 'bad', icon: 'close', text: 'series.refused' },
  } as const
  const { tone, icon, text } = look[state]
  return (
    <span class={`badge ${tone}`}>
      <Icon name={icon} />
      {t(text)}
    </span>
  )
}
