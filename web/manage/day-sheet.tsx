import { formatRange, formatTime } from '../time.ts'
import { nameItems } from '../bookings/requests.ts'
import { describeSpan } from '../bookings/span.ts'
import { t } from '../i18n.ts'
import { nameOf } from '../people/names.ts'
import { adoptStyle } from '../style/adopt.ts'
import css from './day-sheet.css' with { type: 'text' }
import type { Day } from './day.ts'

const printed = ['late', 'out', 'back', 'blocked'] as const

interface Line {
  id: string
  what: string
  span: string
  who: string
  title: string
}

/** All of the day on paper, for the key cupboard, with room to write; not on the screen. */
export function DaySheet({ day }: { day: Day }) {
  adoptStyle(css)
  return (
    <>
      <div class="cluster">
        <button type="button" onClick={() => print()}>
          {t('day.print')}
        </button>
      </div>
      <div class="sheet">
        <h1>
          {t('day.title')}: {formatTime(new Date(), 'date')}
        </h1>
        {printed.map((subject) => {
          const lines = toLines(day, subject)
          if (lines.length === 0) return null
          return (
            <table key={subject}>
              <caption>{t(`day.${subject}`)}</caption>
              <thead>
                <tr>
                  <th>{t('usage.by_resource')}</th>
                  <th>{t('usage.period')}</th>
                  <th>{t('usage.by_person')}</th>
                  <th>{t('booking.description')}</th>
                  <th class="blank">{t('handover.odometer')}</th>
                  <th class="blank">{t('day.sign')}</th>
                </tr>
              </thead>
              <tbody>
                {lines.map(({ id, what, span, who, title }) => (
                  <tr key={id}>
                    <th>{what}</th>
                    <td>{span}</td>
                    <td>{who}</td>
                    <td>{title}</td>
                    <td />
                    <td />
                  </tr>
                ))}
              </tbody>
            </table>
          )
        })}
      </div>
    </>
  )
}

function toLines(day: Day, subject: (typeof printed)[number]): Line[] {
  const names = new Map(day.names)
  if (subject === 'blocked') {
    return day.blocked.map((one) => {
      const what = names.get(one.resource_id) ?? t('booking.one')
      const span = describeSpan(one)
      return { id: one.id, what, span, who: '', title: one.description }
    })
  }
  return day[subject].map((one) => {
    const { id, title, from, to } = one
    const what = nameItems(one, names)
    return { id, what, span: formatRange(from, to), who: nameOf(one.booked_for), title }
  })
}
