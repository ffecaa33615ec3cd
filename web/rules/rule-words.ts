import type { PolicyRules } from '../../shared/schemas/policy.ts'
import { formatNumber, t, type MessageKey } from '../i18n.ts'
import { formatDays } from '../time.ts'
import { describeDuration } from './duration.ts'
import { describeDays } from './weekday.ts'

const lengths: [field: keyof PolicyRules & string, text: MessageKey][] = [
  ['minimum_duration', 'rules.says_minimum'],
  ['maximum_duration', 'rules.says_maximum'],
  ['granularity', 'rules.says_steps'],
  ['minimum_notice', 'rules.says_notice'],
  ['maximum_ahead', 'rules.says_ahead'],
  ['cancel_until', 'rules.says_cancel'],
]

/**
 * Describes rules, a sentence each.
 * @param nameOf the name of a group
 */
export function describeRules(rules: PolicyRules, nameOf: (group: string) => string): string[] {
  const { opening_hours: hours, closed = [], quotas = [] } = rules
  const opening = hours?.map(({ days, from, to }) => `${describeDays(days)} ${from}–${to}`)
  return [
    ...describeRights(rules, nameOf),
    opening &&
      t('rules.says_open', {
        hours: opening.join('; ') || '–',
        zone: rules.time_zone ?? t('rules.zone_default'),
      }),
    closed.length > 0 && t('rules.says_closed', { days: closed.map(nameDay).join(', ') }),
    ...lengths.map(([field, text]) => {
      const duration = rules[field]
      return typeof duration === 'string' && t(text, { length: describeDuration(duration) })
    }),
    describeApproval(rules),
    ...quotas.map(describeQuota),
    rules.check_in && t('rules.says_check_in', { length: describeDuration(rules.check_in.within) }),
  ].filter((text): text is string => Boolean(text))
}

function describeRights({ rights }: PolicyRules, nameOf: (group: string) => string): string[] {
  if (!rights) return []
  if (rights.length === 0) return [t('rules.says_nobody')]
  return rights.map(({ group, may }) => {
    const who = group === null ? t('rules.everybody') : nameOf(group)
    return t('rules.says_right', { who, may: t(rightNames[may]) })
  })
}

export const rightNames = {
  see: 'rules.may_see',
  request: 'rules.may_request',
  book: 'rules.may_book',
  manage: 'rules.may_manage',
} as const

function describeApproval({ approval }: PolicyRules): string {
  if (!approval || approval.when === 'never') return ''
  if (approval.when === 'always') return t('rules.says_always')
  return t('rules.says_longer_than', { length: describeDuration(approval.duration ?? 'PT0M') })
}

export const perNames = {
  day: 'rules.per_day',
  week: 'rules.per_week',
  month: 'rules.per_month',
  moment: 'rules.per_moment',
} as const

function describeQuota({ per, hours, count }: NonNullable<PolicyRules['quotas']>[number]): string {
  const amounts = [
    hours !== undefined && t('rules.amount_hours', { count: formatNumber(hours) }),
    count !== undefined && t('rules.amount_bookings', { count: formatNumber(count) }),
  ]
  return t('rules.says_quota', {
    amount: amounts.filter(Boolean).join(', '),
    per: t(perNames[per]),
  })
}

// One that is being typed is no day yet.
function nameDay(day: string): string {
  const at = new Date(`${day}T00:00`)
  return Number.isNaN(at.getTime()) ? day : formatDays(at, at)
}
