import type { Utilisation, UtilisationKind } from '../../shared/schemas/utilisation.ts'
import { api, ask } from '../api.ts'
import type { TimeSpan } from '../bookings/inventory.ts'
import { download } from '../download.ts'
import { language } from '../i18n.ts'
import { addDays, startOfDay, toInputDate } from '../time.ts'

export const kinds = ['type', 'resource', 'person', 'group'] as const satisfies UtilisationKind[]
export const periods = ['this_month', 'last_month', 'quarter', 'year'] as const
export type Period = (typeof periods)[number]

/** In the viewer's zone. */
export function windowOf(period: Period): TimeSpan {
  const today = startOfDay(new Date())
  const month = (at: number) => new Date(today.getFullYear(), today.getMonth() + at, 1)
  if (period === 'this_month') return { from: month(0), to: month(1) }
  if (period === 'last_month') return { from: month(-1), to: month(0) }
  const to = addDays(today, 1)
  return { from: addDays(to, period === 'quarter' ? -91 : -365), to }
}

const toQuery = (by: UtilisationKind, { from, to }: TimeSpan) => {
  return { by, from: from.toISOString(), to: to.toISOString() }
}

export function readUsage(by: UtilisationKind, window: TimeSpan): Promise<Utilisation> {
  return ask(api.bookings.bookings.utilisation.get({ query: toQuery(by, window) }))
}

/** As a file for a spreadsheet. @throws ProblemError */
export function exportUsage(by: UtilisationKind, window: TimeSpan): Promise<void> {
  const query = new URLSearchParams(toQuery(by, window))
  return download(`/api/bookings/utilisation.csv?${query}`, `utilisation-by-${by}.csv`)
}

const names = { en: 'bookings', de: 'buchungen' } as const

/** Saves who had what and when, as a file for spreadsheets. @param type empty: all */
export function exportBookings({ from, to }: TimeSpan, type = ''): Promise<void> {
  const query = new URLSearchParams({
    from: from.toISOString(),
    to: to.toISOString(),
    language: language.value,
    ...(type && { type }),
  })
  const days = [from, new Date(to.getTime() - 1)].map(toInputDate).join('-')
  return download(`/api/bookings/export?${query}`, `${names[language.value]}-${days}.csv`)
}
