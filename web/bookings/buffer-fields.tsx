import { t } from '../i18n.ts'
import { Field } from '../ui/form.tsx'
import type { BufferTexts } from './buffers.ts'

interface BufferFieldsProps {
  value: BufferTexts
  change: (value: BufferTexts) => void
  hint?: string
}

/** Minutes before and after each new booking. */
export function BufferFields({ value, change, hint }: BufferFieldsProps) {
  const minutes = { type: 'number', min: 0, max: 1440, ...(hint && { hint }) } as const
  return (
    <div class="pair">
      <Field
        {...minutes}
        label={t('buffers.before')}
        value={value.before}
        change={(before) => change({ ...value, before })}
      />
      <Field
        {...minutes}
        label={t('buffers.after')}
        value={value.after}
        change={(after) => change({ ...value, after })}
      />
    </div>
  )
}
