import type { Policy, PolicyRules } from '../../shared/schemas/policy.ts'

export const ownZone = () => new Intl.DateTimeFormat().resolvedOptions().timeZone

// That of the organisation's own rules, which others inherit.
let inherited: string | undefined

/** Learns it from the policies that were read. */
export function learnZone(policies: Policy[]): void {
  const general = policies.find(({ type, resource_id }) => !type && !resource_id)
  inherited = general?.rules.time_zone
}

/** Opening hours without a zone mean the clocks of who writes them, unless all have others. */
export function withZone(rules: PolicyRules): PolicyRules {
  if (!rules.opening_hours || rules.time_zone || inherited) return rules
  return { ...rules, time_zone: ownZone() }
}

/** For a choice; the ones likely wanted first. */
export function listZones(chosen: string | undefined): string[] {
  const likely = [chosen ?? '', ownZone(), 'UTC'].filter(Boolean)
  return [...new Set([...likely, ...Intl.supportedValuesOf('timeZone')])]
}
