import { useSignal } from '@preact/signals'
import type { Policy, PolicyRules } from '../../shared/schemas/policy.ts'
import { t } from '../i18n.ts'
import { useGroupNames } from '../people/group-picker.tsx'
import { navigate } from '../router.ts'
import { Confirm } from '../ui/dialog.tsx'
import { Form, useForm } from '../ui/form.tsx'
import { Icon } from '../ui/icon.tsx'
import { notify, notifyError } from '../ui/toast.tsx'
import { setPolicy, withdrawPolicy } from './policies.ts'
import { presets } from './presets.ts'
import { RuleFields } from './rule-fields.tsx'
import { describeRules } from './rule-words.ts'
import type { Target } from './rules-page.tsx'
import { Trial } from './trial.tsx'
import { withZone } from './zone.ts'

interface RuleEditorProps {
  target: Target
  /** The rules in force. */
  policy: Policy | undefined
  changed: () => Promise<void>
}

/** Rules as fields, described in words, and tried on a booking before they apply. */
export function RuleEditor({ target, policy, changed }: RuleEditorProps) {
  const rules = useSignal<PolicyRules>(policy?.rules ?? {})
  // A preset resets the fields.
  const version = useSignal(0)
  const whose = toWhose(target)
  const done = async (text: string) => {
    notify(text)
    await changed()
    navigate('/bookings/rules')
  }
  const form = useForm(async () => {
    await setPolicy({ ...whose, rules: rules.value })
    await done(t('rules.saved', { name: target.name }))
  })
  const choose = (wanted: PolicyRules) => {
    const { time_zone } = rules.value
    rules.value = withZone({ ...(time_zone && { time_zone }), ...wanted })
    version.value++
  }
  return (
    <>
      <header class="page-head">
        <div>
          <a href="/bookings/rules">{t('rules.title')}</a>
          <h2>{target.name}</h2>
          {!target.type && !target.resource_id && <p>{t('rules.organisation_text')}</p>}
        </div>
        {policy && <Withdraw policy={policy} name={target.name} done={done} />}
      </header>
      <section class="stack" aria-label={t('rules.presets')}>
        <div class="cards">
          {presets.map(({ name, text, rules: wanted }) => (
            <button key={name} type="button" class="preset" onClick={() => choose(wanted)}>
              <b>{t(name)}</b>
              <span class="soft">{t(text)}</span>
            </button>
          ))}
        </div>
      </section>
      <div class="columns">
        <Form form={form} label={t('rules.save')}>
          <RuleFields
            key={version.value}
            rules={rules.value}
            change={(changes) => (rules.value = merge(rules.value, changes))}
          />
        </Form>
        <div class="stack aside">
          <InWords rules={rules.value} />
          <Trial whose={target} rules={rules.value} />
        </div>
      </div>
    </>
  )
}

function InWords({ rules }: { rules: PolicyRules }) {
  const { nameOf } = useGroupNames()
  const sentences = describeRules(rules, nameOf)
  return (
    <section class="card" aria-live="polite">
      <h3>{t('rules.in_words')}</h3>
      <ul>
        {sentences.map((text) => (
          <li key={text}>{text}</li>
        ))}
        {sentences.length === 0 && <li class="soft">{t('rules.nothing')}</li>}
      </ul>
    </section>
  )
}

interface WithdrawProps {
  policy: Policy
  name: string
  done: (text: string) => Promise<void>
}

function Withdraw({ policy, name, done }: WithdrawProps) {
  const isAsked = useSignal(false)
  const withdraw = async () => {
    await withdrawPolicy(policy)
    await done(t('rules.withdrawn', { name }))
  }
  return (
    <>
      <button type="button" class="danger" onClick={() => (isAsked.value = true)}>
        <Icon name="trash" />
        {t('rules.withdraw')}
      </button>
      {isAsked.value && (
        <Confirm
          title={t('rules.withdraw_title', { name })}
          text={t('rules.withdraw_text')}
          label={t('rules.withdraw')}
          confirm={() => void withdraw().catch(notifyError)}
          close={() => (isAsked.value = false)}
        />
      )}
    </>
  )
}

/** For the server: a resource, a type, or neither. */
function toWhose({ type, resource_id }: Target) {
  return { ...(type && { type }), ...(resource_id && { resource_id }) }
}

// Undefined fields are removed.
function merge(rules: PolicyRules, changes: Changes): PolicyRules {
  const entries = Object.entries({ ...rules, ...changes })
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as PolicyRules
}

/** Changed fields; undefined: removed. */
export type Changes = { [Field in keyof PolicyRules]?: PolicyRules[Field] | undefined }
