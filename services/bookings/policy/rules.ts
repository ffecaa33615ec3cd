import type { PolicyRules } from '../../../shared/schemas/policy.ts'

/** Half-open `[from, to)` in milliseconds since 1970. */
export interface Span {
  from: number
  to: number
}

/** One version of a policy, as needed to judge. */
export interface PolicyVersion {
  id: string
  target: string
  rules: PolicyRules
}

/** The rules of a resource, with the time zone they are read in. */
export interface Rules extends PolicyRules {
  time_zone: string
}

export interface Effective {
  rules: Rules
  /** The versions they come from, widest first. */
  policies: string[]
  /** The target whose quotas count. */
  quotaScope: string | null
}

export const organisation = 'organisation'
export const toTypeTarget = (type: string) => `type:${type}`
export const toResourceTarget = (id: string) => `resource:${id}`

/** Combines policies: a field left out by a narrower policy comes from the next wider one. */
export function combine(
  versions: readonly (PolicyVersion | undefined)[],
  timeZone: string,
): Effective {
  const found = versions.filter((version) => version !== undefined)
  const rules = Object.assign({ time_zone: timeZone }, ...found.map((it) => it.rules)) as Rules
  const counting = found.findLast((version) => version.rules.quotas !== undefined)
  return { rules, policies: found.map(({ id }) => id), quotaScope: counting?.target ?? null }
}
