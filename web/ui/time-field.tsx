import { useSignal } from '@preact/signals'
import { t } from '../i18n.ts'
import { fromInputTime, listTwice, nameZone, toInputTime } from '../time.ts'
import { Field, Segments } from './form.tsx'

interface TimeFieldProps {
  label: string
  /** As `toInputTime` writes it. */
  value: string
  change: (value: string) => void
  required?: boolean
  disabled?: boolean
  autofocus?: boolean
  hint?: string
}

/** A day and a time: asks which of two ambiguous times, and refuses skipped ones. */
export function TimeField({ value, change, ...field }: TimeFieldProps) {
  /** Invalid input, and the value it replaces. */
  const wrong = useSignal({ typed: '', over: '' })
  const typed = wrong.value.over === value ? wrong.value.typed : ''
  const type = (text: string) => {
    const isTime = text === '' || fromInputTime(text) !== undefined
    wrong.value = { typed: isTime ? '' : text, over: value }
    if (isTime) change(text)
  }
  const both = typed || field.disabled ? [] : listTwice(value)
  return (
    <div class="field">
      <Field
        {...field}
        type="datetime-local"
        value={typed || value.slice(0, 16)}
        change={type}
        wrong={typed && t('time.skipped')}
      />
      {both.length > 0 && (
        <>
          <small class="hint">{t('time.twice')}</small>
          <Segments
            label={t('time.twice')}
            value={value}
            change={change}
            options={both.map((at, place) => ({
              value: toInputTime(at),
              label: t(place === 0 ? 'time.first' : 'time.second', { zone: nameZone(at) }),
            }))}
          />
        </>
      )}
    </div>
  )
}
