import type { Policy } from '../../shared/schemas/policy.ts'
import type { ResourceType } from '../../shared/schemas/resource-type.ts'
import { listResourcesById, listTypes } from '../bookings/inventory.ts'
import { nameType } from '../bookings/type-name.ts'
import { t, withTexts } from '../i18n.ts'
import { useGroupNames } from '../people/group-picker.tsx'
import { lazy } from '../lazy.tsx'
import { useQuery } from '../query.ts'
import { readQuery } from '../router.ts'
import { Loaded } from '../ui/state.tsx'
import { listPolicies } from './policies.ts'
import { describeRules } from './rule-words.ts'
import { ruleTexts } from './texts.ts'
import { policyTexts } from './policy-texts.ts'

const RuleEditor = lazy(() => import('./rule-editor.tsx').then((it) => it.RuleEditor))

/** The target of rules: one resource, a type, or everything. */
export interface Target {
  type?: string
  resource_id?: string
  /** The type of the resource. */
  resource_type?: string
  name: string
}

async function read() {
  const [policies, types] = await Promise.all([listPolicies(), listTypes()])
  const ids = policies.flatMap(({ resource_id }) => resource_id ?? [])
  return { policies, targets: toTargets(types, await listResourcesById(ids)) }
}

function toTargets(
  types: ResourceType[],
  resources: Awaited<ReturnType<typeof listResourcesById>>,
) {
  return [
    { name: t('rules.organisation') },
    ...types.map((type): Target => ({ type: type.name, name: nameType(type) })),
    ...resources.map(({ id: resource_id, name, resource_type }): Target => ({
      resource_id,
      resource_type,
      name,
    })),
  ]
}

const keyOf = ({ type, resource_id }: Target) => resource_id ?? type ?? 'all'

/** Rules of a target: in words, and editable. */
function RulesPage() {
  const found = useQuery('rules', read)
  const edited = readQuery('for')
  const { nameOf } = useGroupNames()
  return (
    <Loaded query={found}>
      {({ policies, targets }) => {
        const policyOf = (target: Target) => policies.find((policy) => isFor(policy, target))
        const target = targets.find((one) => keyOf(one) === edited)
        if (target) {
          return (
            <RuleEditor
              key={edited}
              target={target}
              policy={policyOf(target)}
              changed={found.reload}
            />
          )
        }
        return (
          <div class="cards">
            {targets.map((one) => (
              <Card key={keyOf(one)} target={one} policy={policyOf(one)} nameOf={nameOf} />
            ))}
          </div>
        )
      }}
    </Loaded>
  )
}

function isFor(policy: Policy, { type, resource_id }: Target): boolean {
  return policy.type === (type ?? null) && policy.resource_id === (resource_id ?? null)
}

interface CardProps {
  target: Target
  policy: Policy | undefined
  /** The name of a group. */
  nameOf: (group: string) => string
}

function Card({ target, policy, nameOf }: CardProps) {
  const sentences = policy ? describeRules(policy.rules, nameOf) : []
  return (
    <section class="card">
      <header class="page-head">
        <h2>{target.name}</h2>
        <a class="button small" href={`/bookings/rules?for=${encodeURIComponent(keyOf(target))}`}>
          {t(policy ? 'action.edit' : 'rules.set')}
          <span class="visually-hidden">{target.name}</span>
        </a>
      </header>
      {sentences.length > 0 ? (
        <ul>
          {sentences.map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      ) : (
        <p class="soft">{t(policy ? 'rules.nothing' : 'rules.none')}</p>
      )}
    </section>
  )
}

export const load = () => withTexts(RulesPage, ruleTexts, policyTexts)
