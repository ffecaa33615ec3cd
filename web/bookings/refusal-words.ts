import type { RefusingRule } from '../../shared/schemas/policy.ts'
import { language, t } from '../i18n.ts'
import { describeDuration } from '../rules/duration.ts'

const known = [
  'closed',
  'granularity',
  'maximum_ahead',
  'maximum_duration',
  'minimum_duration',
  'minimum_notice',
  'opening_hours',
  'quotas',
  'rights',
  'cancel_until',
] as const

/** Why a rule refuses: in the server's English text, or in the reader's language. */
export function describeRule({ rule, detail, length, hours, time_zone }: RefusingRule): string {
  const name = known.find((one) => one === rule)
  if (language.value === 'en' || !name) return detail
  // No notice at all: the rule only refuses what has begun.
  if (name === 'minimum_notice' && length === undefined) return t('refusal_rule.begun')
  const times = hours?.map(({ from, to }) => `${from}–${to}`).join(', ') || '–'
  return t(`refusal_rule.${name}`, {
    length: length === undefined ? '' : describeDuration(length),
    hours: `${times} (${time_zone})`,
  })
}
