import type { ComponentType } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { ResourceType } from '../../shared/schemas/resource-type.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { listResources, listTypes } from '../bookings/inventory.ts'
import { nameType } from '../bookings/type-name.ts'
import { t, withTexts } from '../i18n.ts'
import { lazy } from '../lazy.tsx'
import { useQuery } from '../query.ts'
import { readQuery, setQuery } from '../router.ts'
import { listPolicies } from '../rules/policies.ts'
import { Icon } from '../ui/icon.tsx'
import { Loaded } from '../ui/state.tsx'
import { InviteStep } from './invite-step.tsx'
import { PhotoStep } from './photo-step.tsx'
import { RulesStep } from './rules-step.tsx'
import { WhatStep } from './what-step.tsx'
import { resourceTexts } from '../resource/texts.ts'
import { policyTexts } from '../rules/policy-texts.ts'
import { setupTexts } from './texts.ts'

// Not the first one shown.
const AddStep = lazy(() => import('./add-step.tsx').then(({ AddStep: Step }) => Step))

const steps = ['what', 'add', 'photos', 'rules', 'invite'] as const
type Step = (typeof steps)[number]

export interface StepProps {
  types: ResourceType[]
  /** The type being set up; undefined until it is chosen. */
  type: ResourceType | undefined
  /** Those of this type. */
  own: Resource[]
  /** Reloads what exists. */
  changed: () => Promise<void>
  /** Continues, with another type if given. */
  next: (type?: string) => void
}

const views: Record<Step, ComponentType<StepProps>> = {
  what: WhatStep,
  add: AddStep,
  photos: PhotoStep,
  rules: RulesStep,
  invite: InviteStep,
}

async function read() {
  const [types, resources, policies] = await Promise.all([
    listTypes(),
    listResources(),
    listPolicies(),
  ])
  return { types, resources, policies }
}

/**
 * An administrator's first day. Progress is derived from what exists, so it can be left and resumed
 * at any step.
 */
function SetupPage() {
  const found = useQuery('setup', read)
  const step = steps.find((one) => one === readQuery('step')) ?? 'what'
  const shown = useRef<HTMLElement>(null)
  const last = useRef(step)
  // What had the focus is gone, or before it.
  useLayoutEffect(() => {
    if (last.current !== step) shown.current?.focus()
    last.current = step
  }, [step])
  return (
    <Loaded query={found}>
      {({ types, resources, policies }) => {
        const type = types.find(({ name }) => name === readQuery('type'))
        const Shown = type || step === 'what' || step === 'invite' ? views[step] : WhatStep
        const own = resources.filter(({ resource_type }) => resource_type === type?.name)
        const isDone: Record<Step, boolean> = {
          what: type !== undefined,
          add: own.length > 0,
          photos: own.some(({ photo }) => photo),
          rules: policies.some((policy) => policy.type === type?.name),
          invite: false,
        }
        const next = (chosen = type?.name) => {
          const after = steps[steps.indexOf(step) + 1]
          setQuery(after ? { step: after, type: chosen } : { step: 'what', type: undefined })
        }
        return (
          <div class="stack setup">
            <Progress step={step} isDone={isDone} type={type} />
            <section class="stack" tabIndex={-1} ref={shown} aria-label={t(`setup.${step}`)}>
              <Shown key={step} {...{ types, type, own, next }} changed={found.reload} />
            </section>
          </div>
        )
      }}
    </Loaded>
  )
}

interface ProgressProps {
  step: Step
  isDone: Record<Step, boolean>
  type: ResourceType | undefined
}

function Progress({ step, isDone, type }: ProgressProps) {
  return (
    <header class="stack">
      <h2>{type ? `${t('setup.title')}: ${nameType(type)}` : t('setup.title')}</h2>
      <ol class="steps">
        {steps.map((one) => (
          <li key={one}>
            <button
              type="button"
              class="quiet"
              {...(one === step && { 'aria-current': 'step' as const })}
              onClick={() => setQuery({ step: one })}
            >
              {isDone[one] && <Icon name="check" />}
              {t(`setup.${one}`)}
              {isDone[one] && <span class="visually-hidden">{t('setup.done')}</span>}
            </button>
          </li>
        ))}
      </ol>
    </header>
  )
}

export const load = () => withTexts(SetupPage, policyTexts, resourceTexts, setupTexts)
