import type { ItemRefusal } from '../../shared/schemas/allocation-bundle.ts'
import type { RefusingRule } from '../../shared/schemas/policy.ts'
import { ProblemError } from '../../packages/client/src/problem.ts'
import { t } from '../i18n.ts'
import type { TimeSpan } from './inventory.ts'
import { describeRule } from './refusal-words.ts'
import { describeTaken } from './taken.ts'

/** Why a booking was refused, and alternatives. */
export interface Refusal {
  /** In the words of the rules; a function, as names may be read meanwhile. */
  reasons: () => string[]
  /** The nearest possible time. */
  nearest: TimeSpan | undefined
  /** Others of the same type that are free at the requested time. */
  peers: { id: string; name: string }[]
  /** Whether it would be possible once somebody releases it. */
  isTaken: boolean
}

/** @returns undefined if the error is about something else */
export function readRefusal(error: unknown): Refusal | undefined {
  if (!(error instanceof ProblemError)) return undefined
  const { problem } = error
  if (problem.code === 'policy_refused') return ofRules(problem as unknown as RulesProblem)
  if (problem.code !== 'not_all_free') return undefined
  const { items = [] } = problem as unknown as { items?: ItemRefusal[] }
  const [first] = items
  const { from_datetime: from = null, to_datetime: to = null } = first?.next_free ?? {}
  return {
    reasons: () => [describeTakenItems(items)],
    nearest: from && to && items.length === 1 ? toWindow({ from, to }) : undefined,
    peers: items.length === 1 ? (first?.peers ?? []) : [],
    isTaken: true,
  }
}

function describeTakenItems(items: readonly ItemRefusal[]): string {
  const taken = describeTaken(items.flatMap(({ conflicts }) => conflicts))
  return taken ? t('refusal.taken_by', { taken }) : t('refusal.taken')
}

interface RulesProblem {
  detail: string
  rules?: RefusingRule[]
  nearest?: { from: string; to: string } | null
}

function ofRules({ detail, rules = [], nearest }: RulesProblem): Refusal {
  return {
    reasons: () => (rules.length > 0 ? rules.map(describeRule) : [detail]),
    nearest: nearest ? toWindow(nearest) : undefined,
    peers: [],
    isTaken: false,
  }
}

function toWindow({ from, to }: { from: string; to: string }): TimeSpan {
  return { from: new Date(from), to: new Date(to) }
}
