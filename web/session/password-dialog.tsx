import { useSignal } from '@preact/signals'
import { t } from '../i18n.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Field, Form, useForm } from '../ui/form.tsx'

interface OwnPasswordProps {
  value: string
  change: (value: string) => void
  hint?: string
}

/** One's own password, asked for again. */
export function OwnPassword(props: OwnPasswordProps) {
  return (
    <Field
      {...props}
      label={t('session.current_password')}
      type="password"
      autocomplete="current-password"
      required
      autofocus
    />
  )
}

interface PasswordDialogProps {
  title: string
  hint?: string
  run: (password: string) => Promise<void>
  close: () => void
}

/** Asks for one's own password, and for nothing else. */
export function PasswordDialog({ title, hint, run, close }: PasswordDialogProps) {
  const password = useSignal('')
  const form = useForm(() => run(password.value))
  return (
    <Dialog title={title} close={close}>
      <Form form={form} label={t('factor.continue')} cancel={close}>
        <OwnPassword
          value={password.value}
          change={(value) => (password.value = value)}
          {...(hint !== undefined && { hint })}
        />
      </Form>
    </Dialog>
  )
}
