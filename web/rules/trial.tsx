import { useSignal } from '@preact/signals'
import type { PolicyRules, PolicyVerdict } from '../../shared/schemas/policy.ts'
import { t } from '../i18n.ts'
import { GroupPicker } from '../people/group-picker.tsx'
import { addDays, formatRange, fromInputTime, startOfDay, toInputTime } from '../time.ts'
import { Form, useForm } from '../ui/form.tsx'
import { Icon } from '../ui/icon.tsx'
import { TimeField } from '../ui/time-field.tsx'
import { tryPolicy } from './policies.ts'
import type { Target } from './rules-page.tsx'

/** A booking to try the draft on; nothing is set or booked. */
export function Trial({ whose, rules }: { whose: Target; rules: PolicyRules }) {
  const span = useSignal(tomorrow())
  const groups = useSignal<string[]>([])
  const verdict = useSignal<PolicyVerdict | undefined>(undefined)
  const form = useForm(async () => {
    verdict.value = undefined
    const [from, to] = [fromInputTime(span.value.from), fromInputTime(span.value.to)]
    if (!from || !to) return
    const { name: _, ...target } = whose
    verdict.value = await tryPolicy({
      ...target,
      rules,
      from: from.toISOString(),
      to: to.toISOString(),
      groups: groups.value,
    })
  })
  const asksGroups = rules.rights?.some(({ group }) => group !== null) ?? false
  const take = ({ from, to }: { from: string; to: string }) => {
    span.value = { from: toInputTime(new Date(from)), to: toInputTime(new Date(to)) }
    verdict.value = undefined
  }
  return (
    <section class="card">
      <h3>{t('rules.try')}</h3>
      <p class="soft">{t('rules.try_text')}</p>
      <Form form={form} label={t('rules.try_it')} plain>
        {(['from', 'to'] as const).map((bound) => (
          <TimeField
            key={bound}
            label={t(`booking.${bound}`)}
            value={span.value[bound]}
            change={(value) => (span.value = { ...span.value, [bound]: value })}
            required
          />
        ))}
        {asksGroups && (
          <GroupPicker
            label={t('rules.try_as')}
            value={groups.value}
            change={(ids) => (groups.value = ids)}
          />
        )}
      </Form>
      {verdict.value && <Verdict verdict={verdict.value} take={take} />}
    </section>
  )
}

interface VerdictProps {
  verdict: PolicyVerdict
  take: (span: { from: string; to: string }) => void
}

function Verdict({ verdict: { outcome, rules, nearest }, take }: VerdictProps) {
  const tones = { confirmed: '', requested: 'warn', refused: 'failure' } as const
  return (
    <div class={`notice ${tones[outcome]}`} role="status">
      <p class="cluster">
        <Icon
          name={outcome === 'refused' ? 'close' : outcome === 'requested' ? 'clock' : 'check'}
        />
        {t(outcomes[outcome])}
      </p>
      {rules.map(({ rule, detail }) => (
        <p key={rule}>{detail}</p>
      ))}
      {nearest && (
        <button type="button" class="small" onClick={() => take(nearest)}>
          {t('rules.nearest', { when: formatRange(nearest.from, nearest.to) })}
        </button>
      )}
    </div>
  )
}

const outcomes = {
  confirmed: 'rules.would_be_confirmed',
  requested: 'rules.would_be_requested',
  refused: 'rules.would_be_refused',
} as const

function tomorrow() {
  const at = addDays(startOfDay(new Date()), 1)
  const from = new Date(at)
  from.setHours(9)
  const to = new Date(at)
  to.setHours(11)
  return { from: toInputTime(from), to: toInputTime(to) }
}
