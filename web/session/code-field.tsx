import { t } from '../i18n.ts'
import { Field } from '../ui/form.tsx'

/** Six digits of an app, or a recovery code. */
export function CodeField(props: { value: string; change: (value: string) => void }) {
  return (
    <Field
      {...props}
      label={t('factor.code')}
      hint={t('factor.code_hint')}
      autocomplete="one-time-code"
      autocapitalize="none"
      required
      autofocus
      maxLength={40}
    />
  )
}
