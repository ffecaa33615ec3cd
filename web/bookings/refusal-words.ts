import type { RefusingRule } from '../../shared/schemas/policy.ts'
import { formatNumber, language, t } from '../i18n.ts'

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
export function describeRule({ rule, detail }: Pick<RefusingRule, 'rule' | 'detail'>): string {
  const name = known.find((one) => one === rule)
  if (language.value === 'en' || !name) return detail
  const text = t(`refusal_rule.${name}`, { length: readLength(detail), hours: readHours(detail) })
  // A text with a missing value is worse than one in another language.
  return /\{|  /.test(text) ? detail : text
}

/** `08:00–18:00 (UTC)` from a sentence. */
function readHours(detail: string): string {
  return / day: (.+)\.$/.exec(detail)?.[1]?.replace('none', '–') ?? ''
}

/** `1 day 2 hours` from a sentence, in the reader's language. */
function readLength(detail: string): string {
  const [found = ''] = /\d+ (?:day|hour|minute)s?(?: \d+ (?:hour|minute)s?)*/.exec(detail) ?? []
  return [...found.matchAll(/(\d+) (day|hour|minute)/g)]
    .map(([, count, unit]) => {
      const options = { style: 'unit', unit: unit ?? 'minute', unitDisplay: 'long' } as const
      return formatNumber(Number(count), options)
    })
    .join(' ')
}
