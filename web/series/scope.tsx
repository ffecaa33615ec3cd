import type { BookingSeriesChange } from '../../shared/schemas/booking-series.ts'
import { t } from '../i18n.ts'
import { Choice } from '../ui/form.tsx'

export type Scope = BookingSeriesChange['scope']

interface ScopeChoiceProps {
  value: Scope
  change: (scope: Scope) => void
}

/** This day, this and following, or all. */
export function ScopeChoice({ value, change }: ScopeChoiceProps) {
  return (
    <Choice
      label={t('series.scope')}
      value={value}
      change={(it) => change(it as Scope)}
      options={(['this', 'following', 'all'] as const).map((it) => ({
        value: it,
        label: t(`series.${it}`),
      }))}
    />
  )
}

/** The day, if the scope needs one. */
export function toScope(scope: Scope, date: string): { scope: Scope; date?: string } {
  return scope === 'all' ? { scope } : { scope, date }
}
