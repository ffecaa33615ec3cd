import type { PolicyRules } from '../../shared/schemas/policy.ts'

export const ownZone = () => new Intl.DateTimeFormat().resolvedOptions().timeZone

/** Opening hours without a zone mean the clocks of who writes them. */
export function withZone(rules: PolicyRules): PolicyRules {
  if (!rules.opening_hours || rules.time_zone) return rules
  return { ...rules, time_zone: ownZone() }
}

/** For a choice; the ones likely wanted first. */
export function listZones(chosen: string | undefined): string[] {
  const likely = [chosen ?? '', ownZone(), 'UTC'].filter(Boolean)
  return [...new Set([...likely, ...Intl.supportedValuesOf('timeZone')])]
}
