import { useSignal } from '@preact/signals'
import type { PolicyRules } from '../../shared/schemas/policy.ts'
import { t } from '../i18n.ts'
import { Choice, TextArea } from '../ui/form.tsx'
import { HoursFields } from './hours-fields.tsx'
import { LengthField } from './length-field.tsx'
import { QuotaFields } from './quota-fields.tsx'
import { RightFields } from './right-fields.tsx'
import type { Changes } from './rule-editor.tsx'
import { listZones } from './zone.ts'

export interface RuleFieldsProps {
  rules: PolicyRules
  change: (changes: Changes) => void
}

/** A field for each rule; an empty one is left to the wider rules, if any. */
export function RuleFields({ rules, change }: RuleFieldsProps) {
  const length = (field: LengthName) => (
    <LengthField
      label={t(lengths[field].label)}
      value={rules[field]}
      unit={lengths[field].unit}
      change={(duration) => change({ [field]: duration })}
    />
  )
  return (
    <>
      <fieldset class="card stack">
        <legend>{t('rules.when')}</legend>
        <HoursFields rules={rules} change={change} />
        <ClosedField rules={rules} change={change} />
        <ZoneField rules={rules} change={change} />
      </fieldset>
      <fieldset class="card stack">
        <legend>{t('rules.how_long')}</legend>
        <div class="pair">
          {length('minimum_duration')}
          {length('maximum_duration')}
          {length('granularity')}
        </div>
      </fieldset>
      <fieldset class="card stack">
        <legend>{t('rules.how_early')}</legend>
        <div class="pair">
          {length('minimum_notice')}
          {length('maximum_ahead')}
          {length('cancel_until')}
        </div>
      </fieldset>
      <fieldset class="card stack">
        <legend>{t('rules.approval')}</legend>
        <Approval rules={rules} change={change} />
      </fieldset>
      <fieldset class="card stack">
        <legend>{t('rules.quotas')}</legend>
        <QuotaFields rules={rules} change={change} />
      </fieldset>
      <fieldset class="card stack">
        <legend>{t('rules.rights')}</legend>
        <RightFields rules={rules} change={change} />
      </fieldset>
    </>
  )
}

const lengths = {
  minimum_duration: { label: 'rules.minimum_duration', unit: 'minute' },
  maximum_duration: { label: 'rules.maximum_duration', unit: 'hour' },
  granularity: { label: 'rules.granularity', unit: 'minute' },
  minimum_notice: { label: 'rules.minimum_notice', unit: 'hour' },
  maximum_ahead: { label: 'rules.maximum_ahead', unit: 'day' },
  cancel_until: { label: 'rules.cancel_until', unit: 'hour' },
} as const
type LengthName = keyof typeof lengths

/** A day a line, as typed: what is between two days is no rule. */
function ClosedField({ rules, change }: RuleFieldsProps) {
  const text = useSignal((rules.closed ?? []).join('\n'))
  const set = (typed: string) => {
    text.value = typed
    change({ closed: readDays(typed) })
  }
  const wrong = readDays(text.value)?.find((day) => !isDay(day))
  return (
    <TextArea
      label={t('rules.closed')}
      value={text.value}
      change={set}
      rows={2}
      {...(wrong && { wrong: t('rules.no_day', { day: wrong }) })}
    />
  )
}

function ZoneField({ rules: { time_zone }, change }: RuleFieldsProps) {
  return (
    <Choice
      label={t('resources.time_zone')}
      value={time_zone ?? ''}
      change={(zone) => change({ time_zone: zone || undefined })}
      options={[
        { value: '', label: t('rules.zone_default') },
        ...listZones(time_zone).map((zone) => ({ value: zone, label: zone })),
      ]}
    />
  )
}

function Approval({ rules: { approval }, change }: RuleFieldsProps) {
  const when = approval?.when ?? 'never'
  const set = (wanted: string) => {
    if (wanted === 'never') return change({ approval: undefined })
    const rest = { ...approval, when: wanted as typeof when }
    const duration = approval?.duration ?? 'P1D'
    change({ approval: wanted === 'longer_than' ? { ...rest, duration } : rest })
  }
  return (
    <div class="pair">
      <Choice
        label={t('rules.approval_when')}
        value={when}
        change={set}
        options={[
          { value: 'never', label: t('rules.never') },
          { value: 'longer_than', label: t('rules.longer_than') },
          { value: 'always', label: t('rules.always') },
        ]}
      />
      {approval && when === 'longer_than' && (
        <LengthField
          label={t('rules.longer_than')}
          value={approval.duration}
          unit="day"
          change={(duration) => change({ approval: { ...approval, duration: duration ?? 'P1D' } })}
        />
      )}
    </div>
  )
}

// As in the API, also from 25.12.2027.
function readDays(text: string): string[] | undefined {
  const days = text.split(/[\s,;]+/).filter(Boolean)
  const plain = days.map((day) => {
    const [, date = '', month = '', year] = /^(\d\d?)\.(\d\d?)\.(\d{4})$/.exec(day) ?? []
    return year ? `${year}-${month.padStart(2, '0')}-${date.padStart(2, '0')}` : day
  })
  return plain.length > 0 ? plain : undefined
}

function isDay(day: string): boolean {
  const at = new Date(`${day}T00:00Z`)
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(day)
}
