import type { OpeningHours } from '../../shared/schemas/policy.ts'
import { t } from '../i18n.ts'
import { Choice, Field } from '../ui/form.tsx'
import { Icon } from '../ui/icon.tsx'
import type { RuleFieldsProps } from './rule-fields.tsx'
import { nameWeekday, weekdays } from './weekday.ts'
import { withZone } from './zone.ts'

type Hours = OpeningHours[number]

const usual: Hours = { days: weekdays.slice(0, 5), from: '08:00', to: '18:00' }

/** Opening hours: days and times, as many entries as needed. */
export function HoursFields({ rules, change }: RuleFieldsProps) {
  const hours = rules.opening_hours ?? []
  const set = (wanted: Hours[]) => change({ opening_hours: wanted.length > 0 ? wanted : undefined })
  // Those without a zone already hold in the organisation's.
  const add = () =>
    hours.length > 0
      ? set([...hours, usual])
      : change(withZone({ ...rules, opening_hours: [usual] }))
  const replace = (at: number, changes: Partial<Hours>) =>
    set(hours.map((one, index) => (index === at ? { ...one, ...changes } : one)))
  return (
    <>
      {hours.length === 0 && <p class="soft">{t('rules.always_open')}</p>}
      {hours.map((one, at) => (
        <div key={at} class="stack">
          <div class="segments" role="group" aria-label={t('rules.days_open')}>
            {weekdays.map((day) => (
              <button
                key={day}
                type="button"
                aria-pressed={one.days.includes(day)}
                onClick={() => replace(at, { days: toggle(one.days, day) })}
              >
                {nameWeekday(day)}
              </button>
            ))}
          </div>
          <div class="pair">
            <Field
              label={t('rules.opens')}
              type="time"
              value={one.from}
              change={(from) => replace(at, { from })}
              required
            />
            {/* Browsers have no 24:00. */}
            <Field
              label={t('rules.closes')}
              type="time"
              value={one.to === '24:00' ? '00:00' : one.to}
              change={(to) => replace(at, { to: to === '00:00' ? '24:00' : to })}
              required
            />
          </div>
          <button
            type="button"
            class="small"
            onClick={() => set(hours.filter((_, index) => index !== at))}
          >
            <Icon name="trash" />
            {t('rules.remove_hours')}
          </button>
        </div>
      ))}
      <button type="button" onClick={add}>
        <Icon name="plus" />
        {t('rules.add_hours')}
      </button>
      {hours.length > 0 && (
        <Choice
          label={t('rules.opening_applies')}
          value={rules.opening_applies ?? 'whole'}
          change={(value) => change({ opening_applies: value as 'whole' | 'ends' })}
          options={[
            { value: 'whole', label: t('rules.whole') },
            { value: 'ends', label: t('rules.ends') },
          ]}
        />
      )}
    </>
  )
}

// One day stays: an entry without days is invalid.
function toggle(days: Hours['days'], day: Hours['days'][number]): Hours['days'] {
  if (!days.includes(day)) return weekdays.filter((one) => one === day || days.includes(one))
  return days.length > 1 ? days.filter((one) => one !== day) : days
}
