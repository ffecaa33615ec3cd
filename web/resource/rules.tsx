import type { Policy, PolicyRules } from '../../shared/schemas/policy.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { t } from '../i18n.ts'
import { useGroupNames } from '../people/group-picker.tsx'
import { useQuery } from '../query.ts'
import { listKeptPolicies } from '../rules/policies.ts'
import { describeRules } from '../rules/rule-words.ts'
import { Loaded } from '../ui/state.tsx'

/** Its booking rules in words. */
export function Rules({ resource }: { resource: Resource }) {
  const policies = useQuery(`rules ${resource.id}`, listKeptPolicies)
  return (
    <section class="card">
      <h2>{t('rules.title')}</h2>
      <Loaded query={policies}>
        {(all) => {
          const rules = combine(all, resource)
          const hasGroups = rules.rights?.some(({ group }) => group !== null)
          return hasGroups ? <OfGroups rules={rules} /> : <Sentences all={describe(rules)} />
        }}
      </Loaded>
    </section>
  )
}

const describe = (rules: PolicyRules) => describeRules(rules, (group) => group)

function OfGroups({ rules }: { rules: PolicyRules }) {
  const { nameOf } = useGroupNames()
  return <Sentences all={describeRules(rules, nameOf)} />
}

function Sentences({ all }: { all: string[] }) {
  if (all.length === 0) return <p class="soft">{t('resource.rules_none')}</p>
  return (
    <ul>
      {all.map((text) => (
        <li key={text}>{text}</li>
      ))}
    </ul>
  )
}

/** A field left out by a narrower policy comes from the next wider one. */
function combine(policies: Policy[], { id, resource_type }: Resource): PolicyRules {
  const isOf = (type: string | null, resource_id: string | null) => (it: Policy) =>
    it.type === type && it.resource_id === resource_id
  const wide = policies.find(isOf(null, null))
  const ofType = policies.find(isOf(resource_type, null))
  return { ...wide?.rules, ...ofType?.rules, ...policies.find(isOf(null, id))?.rules }
}
