import { useSignal, type Signal } from '@preact/signals'
import { t } from '../i18n.ts'
import { Field, useForm } from '../ui/form.tsx'
import { sendUnsigned } from './session.ts'

/** A form that requests a link by mail. */
export function useAddressForm(path: string, onSent: (email: string) => void) {
  const email = useSignal('')
  const form = useForm(async () => {
    await sendUnsigned(path, { email: email.value })
    onSent(email.value)
  })
  return { form, email }
}

export function AddressField({ email }: { email: Signal<string> }) {
  return (
    <Field
      label={t('session.email')}
      value={email.value}
      change={(value) => (email.value = value)}
      type="email"
      autocomplete="email"
      required
      autofocus
    />
  )
}
