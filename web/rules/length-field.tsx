import { useSignal } from '@preact/signals'
import { useId } from 'preact/hooks'
import { t } from '../i18n.ts'
import { readDuration, toDuration, units, type Length, type Unit } from './duration.ts'

interface LengthFieldProps {
  label: string
  /** ISO 8601; undefined: none. */
  value: string | undefined
  /** The unit of an empty one. */
  unit: Unit
  change: (duration: string | undefined) => void
}

const names = { minute: 'rules.minutes', hour: 'rules.hours', day: 'rules.days' } as const

/** A duration: a number and its unit. */
export function LengthField({ label, value, unit, change }: LengthFieldProps) {
  const id = useId()
  const length = useSignal(readDuration(value, unit))
  const set = (changes: Partial<Length>) => {
    length.value = { ...length.value, ...changes }
    change(toDuration(length.value))
  }
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="length">
        <input
          id={id}
          type="number"
          min={0}
          value={length.value.value}
          onInput={(event) => set({ value: event.currentTarget.value })}
        />
        <select
          aria-label={`${label}: ${t('rules.unit')}`}
          value={length.value.unit}
          onChange={(event) => set({ unit: event.currentTarget.value as Unit })}
        >
          {units.map((one) => (
            <option key={one} value={one}>
              {t(names[one])}
            </option>
          ))}
        </select>
      </div>
    </div>
  )
}
