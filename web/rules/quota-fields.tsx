import type { Quota } from '../../shared/schemas/policy.ts'
import { t } from '../i18n.ts'
import { Choice, Field } from '../ui/form.tsx'
import { Icon } from '../ui/icon.tsx'
import type { RuleFieldsProps } from './rule-fields.tsx'
import { perNames } from './rule-words.ts'

const usual: Quota = { per: 'week', hours: 20 }

/** Limits per person. */
export function QuotaFields({ rules, change }: RuleFieldsProps) {
  const quotas = rules.quotas ?? []
  const set = (wanted: Quota[]) => change({ quotas: wanted.length > 0 ? wanted : undefined })
  const replace = (at: number, quota: Quota) =>
    set(quotas.map((one, index) => (index === at ? quota : one)))
  return (
    <>
      {quotas.map((quota, at) => (
        <div key={at} class="stack">
          <div class="pair">
            <Amount quota={quota} change={(changed) => replace(at, changed)} />
          </div>
          <button
            type="button"
            class="small"
            onClick={() => set(quotas.filter((_, index) => index !== at))}
          >
            <Icon name="trash" />
            {t('rules.remove_quota')}
          </button>
        </div>
      ))}
      <button type="button" onClick={() => set([...quotas, usual])}>
        <Icon name="plus" />
        {t('rules.add_quota')}
      </button>
    </>
  )
}

function Amount({ quota, change }: { quota: Quota; change: (quota: Quota) => void }) {
  const { per, hours, count } = quota
  const kind = hours === undefined ? 'count' : 'hours'
  const amount = hours ?? count ?? 1
  const toQuota = (wanted: typeof kind, number: number, when = per): Quota =>
    // A number at once: hours would make no sense.
    wanted === 'count' || when === 'moment'
      ? { per: when, count: number }
      : { per: when, hours: number }
  return (
    <>
      <Field
        label={t('rules.amount')}
        type="number"
        min={1}
        value={String(amount)}
        change={(text) => change(toQuota(kind, Math.max(1, Math.round(Number(text)) || 1)))}
        required
      />
      <Choice
        label={t('rules.unit')}
        value={kind}
        change={(value) => change(toQuota(value as typeof kind, amount))}
        options={[
          { value: 'hours', label: t('rules.hours') },
          { value: 'count', label: t('rules.bookings') },
        ]}
        disabled={per === 'moment'}
      />
      <Choice
        label={t('rules.per')}
        value={per}
        change={(value) => change(toQuota(kind, amount, value as Quota['per']))}
        options={Object.entries(perNames).map(([value, label]) => ({ value, label: t(label) }))}
      />
    </>
  )
}
