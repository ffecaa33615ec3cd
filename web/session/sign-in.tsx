import { useSignal } from '@preact/signals'
import { t } from '../i18n.ts'
import { useQuery } from '../query.ts'
import { address } from '../router.ts'
import { Mark, Preferences } from '../sidebar.tsx'
import { Field, Form, useForm } from '../ui/form.tsx'
import { isSignUpOpen, signIn } from './session.ts'

export function SignIn() {
  const username = useSignal('')
  const password = useSignal('')
  const isOpen = useQuery('sign-up', isSignUpOpen)
  const form = useForm(() => signIn({ username: username.value, password: password.value }))
  return (
    <div class="door">
      <Mark />
      <h1>{t('session.sign_in_title')}</h1>
      <Form form={form} label={t('session.sign_in')}>
        <Field
          label={t('session.name_or_email')}
          value={username.value}
          change={(value) => (username.value = value)}
          autocomplete="username"
          autocapitalize="none"
          required
          autofocus
        />
        <Field
          label={t('session.password')}
          value={password.value}
          change={(value) => (password.value = value)}
          type="password"
          autocomplete="current-password"
          required
        />
      </Form>
      {isOpen.data.value !== false && (
        <p>
          {t('session.no_account')}{' '}
          <a href={`/sign-up${address.value.search}`}>{t('session.sign_up')}</a>
        </p>
      )}
      <div class="pair">
        <Preferences />
      </div>
    </div>
  )
}
