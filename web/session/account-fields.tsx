import { useSignal, type Signal } from '@preact/signals'
import type { NewUser } from '../../shared/schemas/user.ts'
import { t } from '../i18n.ts'
import { Field } from '../ui/form.tsx'
import { NewPasswordField } from './door.tsx'

type AccountInput = Required<NewUser>

export function useAccount(): Signal<AccountInput> {
  return useSignal({ username: '', display_name: '', email: '', password: '' })
}

/** The body to send: an empty name is omitted. */
export function toAccount({ display_name, ...rest }: AccountInput): NewUser {
  const name = display_name.trim()
  return name ? { ...rest, display_name: name } : rest
}

interface AccountFieldsProps {
  account: Signal<AccountInput>
  /** Whether it is still to be chosen. */
  withEmail: boolean
}

/** The fields of a new account. */
export function AccountFields({ account, withEmail }: AccountFieldsProps) {
  const input = (name: keyof AccountInput) => ({
    value: account.value[name],
    change: (value: string) => (account.value = { ...account.value, [name]: value }),
    required: true,
  })
  return (
    <>
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
      {withEmail && (
        <Field {...input('email')} label={t('session.email')} type="email" autocomplete="email" />
      )}
      <NewPasswordField {...input('password')} label={t('session.password')} />
    </>
  )
}
