import { useSignal } from '@preact/signals'
import { t, withTexts, type Texts } from '../i18n.ts'
import en from '../locale/links/en.json'
import { navigate } from '../router.ts'
import { Form, useForm } from '../ui/form.tsx'
import { notify } from '../ui/toast.tsx'
import { Door, NewPasswordField, readToken } from './door.tsx'
import { isSignedIn } from '../campus.ts'
import { leave, retrySession, sendUnsigned, setPassword } from './session.ts'

/** For a forgotten password, or a link from an administrator. */
function SetPassword() {
  return (
    <Door title={t('session.set_password_title')}>
      <PasswordForm path="/api/password_resets/complete" label={t('session.set_password')} />
    </Door>
  )
}

/**
 * For a user who did not request a change of address: it is undone, and the requester logged out.
 */
function KeepAddress() {
  return (
    <Door title={t('session.keep_address_title')}>
      <p>{t('session.keep_address_text')}</p>
      <PasswordForm path="/api/address_changes/refuse" label={t('session.keep_address')} />
    </Door>
  )
}

function PasswordForm({ path, label }: { path: string; label: string }) {
  const password = useSignal('')
  const form = useForm(async () => {
    const isIn = await setPassword(path, { token: readToken(), password: password.value })
    notify(t('session.password_changed'))
    navigate(isIn ? '/bookings' : '/sign-in', { replace: true })
  })
  return (
    <Form form={form} label={label}>
      <NewPasswordField
        label={t('session.new_password')}
        value={password.value}
        change={(value) => (password.value = value)}
      />
    </Form>
  )
}

/** Asks before confirming: mail scanners follow links, but press no buttons. */
function ConfirmAddress() {
  const form = useForm(async () => {
    await sendUnsigned('/api/address_changes/confirm', { token: readToken() })
    notify(t('session.address_confirmed'))
    // If the address changed, all logins have ended.
    await retrySession()
    if (!isSignedIn()) leave()
    navigate(isSignedIn() ? '/account' : '/sign-in', { replace: true })
  })
  return (
    <Door title={t('session.confirm_address_title')}>
      <p>{t('session.confirm_address_text')}</p>
      <Form form={form} label={t('session.confirm_address')}>
        {null}
      </Form>
    </Door>
  )
}

const texts: Texts = { en, de: () => import('../locale/links/de.json') }

export const loadSetPassword = () => withTexts(SetPassword, texts)
export const loadKeepAddress = () => withTexts(KeepAddress, texts)
export const loadConfirmAddress = () => withTexts(ConfirmAddress, texts)
