import { locale, t } from '../i18n.ts'
import { Check, Choice, Field, Segments } from '../ui/form.tsx'
import { placeOf, weekdayCodes, type Recurrence } from './recurrence.ts'

interface RecurrenceFieldsProps {
  value: Recurrence
  /** `2027-06-02` */
  first: string
  change: (changes: Partial<Recurrence>) => void
}

/** How often, on which days, and until when. */
export function RecurrenceFields({ value, first, change }: RecurrenceFieldsProps) {
  const { unit, interval, end, count, until } = value
  const units = (['day', 'week', 'month'] as const).map((it) => ({
    value: it,
    label: t(`series.unit_${it}`),
  }))
  return (
    <fieldset class="form">
      <legend>{t('series.repeat')}</legend>
      <div class="pair">
        <Field
          label={t('series.every')}
          type="number"
          value={String(interval)}
          change={(text) => change({ interval: Number(text) })}
          min={1}
          max={400}
          required
        />
        <Segments
          label={t('series.repeat')}
          value={unit}
          change={(it) => change({ unit: it })}
          options={units}
        />
      </div>
      {unit === 'week' && <Weekdays value={value} first={first} change={change} />}
      {unit === 'month' && <Monthly value={value} first={first} change={change} />}
      <div class="pair">
        <Choice
          label={t('series.end')}
          value={end}
          change={(it) => change({ end: it as Recurrence['end'] })}
          options={[
            { value: 'count', label: t('series.end_count') },
            { value: 'until', label: t('series.end_until') },
          ]}
        />
        {end === 'count' ? (
          <Field
            label={t('series.count')}
            type="number"
            value={String(count)}
            change={(text) => change({ count: Number(text) })}
            min={1}
            max={400}
            required
          />
        ) : (
          <Field
            label={t('series.until')}
            type="date"
            value={until}
            change={(text) => change({ until: text })}
            required
          />
        )}
      </div>
    </fieldset>
  )
}

function Weekdays({ value, first, change }: RecurrenceFieldsProps) {
  const own = placeOf(first).weekday
  const chosen = value.weekdays.length > 0 ? value.weekdays : [own]
  return (
    <div role="group" aria-label={t('series.pick_weekdays')} class="cluster">
      {weekdayCodes.map((code, at) => (
        <Check
          key={code}
          label={nameWeekday(at, 'short')}
          checked={chosen.includes(code)}
          change={(isOn) =>
            change({ weekdays: isOn ? [...chosen, code] : chosen.filter((it) => it !== code) })
          }
        />
      ))}
    </div>
  )
}

function Monthly({ value, first, change }: RecurrenceFieldsProps) {
  const { day, nth, weekday } = placeOf(first)
  const named = nameWeekday(weekdayCodes.findIndex((code) => code === weekday))
  return (
    <Choice
      label={t('series.repeat_on')}
      value={value.monthly}
      change={(it) => change({ monthly: it as Recurrence['monthly'] })}
      options={[
        { value: 'day', label: t('series.month_day', { day }) },
        { value: 'weekday', label: t('series.nth_weekday', { nth, day: named }) },
        { value: 'last_weekday', label: t('series.last_weekday', { day: named }) },
      ]}
    />
  )
}

/** @param at 0 is Monday */
function nameWeekday(at: number, style: 'short' | 'long' = 'long'): string {
  const options = { weekday: style, timeZone: 'UTC' } as const
  return new Intl.DateTimeFormat(locale.value, options).format(Date.UTC(2024, 0, 1 + at))
}
