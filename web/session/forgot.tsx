import { useSignal } from '@preact/signals'
import { t } from '../i18n.ts'
import { useQuery } from '../query.ts'
import { Form } from '../ui/form.tsx'
import { AddressField, useAddressForm } from './address-form.tsx'
import { Door } from './door.tsx'
import { readSignUp } from './session.ts'

/** Requests a link if mail is on; otherwise says whom to ask. */
export function ForgotPassword() {
  const signUp = useQuery('sign-up', readSignUp)
  const isAway = signUp.data.value?.mail === false
  return (
    <Door title={t('session.forgot_title')}>
      {isAway ? <p>{t('session.forgot_ask')}</p> : <LinkForm />}
    </Door>
  )
}

function LinkForm() {
  const sent = useSignal('')
  const { form, email } = useAddressForm('/api/password_resets', (to) => (sent.value = to))
  if (sent.value) return <p role="status">{t('session.forgot_sent', { email: sent.value })}</p>
  return (
    <Form form={form} label={t('session.send_link')}>
      <AddressField email={email} />
    </Form>
  )
}
