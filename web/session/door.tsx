import type { ComponentChildren } from 'preact'
import { t } from '../i18n.ts'
import { address } from '../router.ts'
import { Mark, Preferences } from '../sidebar.tsx'
import { Field } from '../ui/form.tsx'

/** A page outside of the console: one task, and the way back. */
export function Door({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <div class="door">
      <Mark />
      <h1>{title}</h1>
      {children}
      <p>
        <a href="/sign-in">{t('session.to_sign_in')}</a>
      </p>
      <div class="pair">
        <Preferences />
      </div>
    </div>
  )
}

/** The token of a link. It follows #, which browsers do not send. */
export function readToken(): string {
  return address.value.hash.slice(1)
}

interface NewPasswordFieldProps {
  label: string
  value: string
  change: (value: string) => void
}

export function NewPasswordField({ label, value, change }: NewPasswordFieldProps) {
  return (
    <Field
      label={label}
      value={value}
      change={change}
      type="password"
      autocomplete="new-password"
      minLength={10}
      maxLength={200}
      hint={t('session.password_hint')}
      required
    />
  )
}
