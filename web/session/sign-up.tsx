import { useSignal } from '@preact/signals'
import { t } from '../i18n.ts'
import { useQuery } from '../query.ts'
import { address } from '../router.ts'
import { Mark } from '../sidebar.tsx'
import { Field, Form, useForm } from '../ui/form.tsx'
import { isSignUpOpen, signUp } from './session.ts'

export function SignUp() {
  const isOpen = useQuery('sign-up', isSignUpOpen)
  return (
    <div class="door">
      <Mark />
      <h1>{t('session.sign_up_title')}</h1>
      {isOpen.data.value === false ? <p>{t('session.sign_up_closed')}</p> : <AccountForm />}
      <p>
        {t('session.has_account')}{' '}
        <a href={`/sign-in${address.value.search}`}>{t('session.sign_in')}</a>
      </p>
    </div>
  )
}

function AccountForm() {
  const account = useSignal({ username: '', display_name: '', email: '', password: '' })
  const form = useForm(() => {
    const { display_name, ...rest } = account.value
    const name = display_name.trim()
    return signUp(name ? { ...rest, display_name: name } : rest)
  })
  const input = (name: keyof typeof account.value) => ({
    value: account.value[name],
    change: (value: string) => (account.value = { ...account.value, [name]: value }),
    required: true,
  })
  return (
    <Form form={form} label={t('session.sign_up')}>
      <Field
        {...input('username')}
        label={t('session.username')}
        autocomplete="username"
        autocapitalize="none"
        pattern="[A-Za-z0-9][A-Za-z0-9._\-]{1,49}"
        hint={t('session.username_hint')}
        autofocus
      />
      <Field
        {...input('display_name')}
        label={t('people.display_name')}
        autocomplete="name"
        maxLength={80}
        hint={t('people.display_name_hint')}
        required={false}
      />
      <Field {...input('email')} label={t('session.email')} type="email" autocomplete="email" />
      <Field
        {...input('password')}
        label={t('session.password')}
        type="password"
        autocomplete="new-password"
        minLength={10}
        maxLength={200}
        hint={t('session.password_hint')}
      />
    </Form>
  )
}
