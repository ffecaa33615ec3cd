import { useSignal } from '@preact/signals'
import { t } from '../i18n.ts'
import { useQuery } from '../query.ts'
import { address } from '../router.ts'
import { Mark } from '../sidebar.tsx'
import { Form, useForm } from '../ui/form.tsx'
import { AccountFields, toAccount, useAccount } from './account-fields.tsx'
import { AddressField, useAddressForm } from './address-form.tsx'
import { readSignUp, signUp } from './session.ts'

/** The form for strangers to get an account. */
export function SignUp() {
  const { data } = useQuery('sign-up', readSignUp)
  const { mode = 'open', domains = [] } = data.value ?? {}
  return (
    <div class="door">
      <Mark />
      <h1>{t('session.sign_up_title')}</h1>
      {mode === 'open' && <AccountForm />}
      {mode === 'domain' && <LinkForm domains={domains} />}
      {mode === 'invited' && <p>{t('session.sign_up_invited')}</p>}
      {mode === 'closed' && <p>{t('session.sign_up_closed')}</p>}
      <p>
        {t('session.has_account')}{' '}
        <a href={`/sign-in${address.value.search}`}>{t('session.sign_in')}</a>
      </p>
    </div>
  )
}

function AccountForm() {
  const account = useAccount()
  const form = useForm(() => signUp(toAccount(account.value)))
  return (
    <Form form={form} label={t('session.sign_up')}>
      <AccountFields account={account} withEmail />
    </Form>
  )
}

function LinkForm({ domains }: { domains: string[] }) {
  const sent = useSignal('')
  const { form, email } = useAddressForm('/api/invitations/request', (to) => (sent.value = to))
  if (sent.value) return <p role="status">{t('session.link_sent', { email: sent.value })}</p>
  return (
    <>
      <p>{t('session.sign_up_domain', { domains: domains.join(', ') })}</p>
      <Form form={form} label={t('session.send_link')}>
        <AddressField email={email} />
      </Form>
    </>
  )
}
