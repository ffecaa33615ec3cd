import { useSignal } from '@preact/signals'
import { t } from '../i18n.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Form, useForm } from '../ui/form.tsx'
import { OwnPassword } from './own-password.tsx'

interface PasswordDialogProps {
  title: string
  run: (password: string) => Promise<void>
  close: () => void
}

/** Asks for the user's own password, and nothing else. */
export function PasswordDialog({ title, run, close }: PasswordDialogProps) {
  const password = useSignal('')
  const form = useForm(() => run(password.value))
  return (
    <Dialog title={title} close={close}>
      <Form form={form} label={t('factor.continue')} cancel={close}>
        <OwnPassword
          value={password.value}
          change={(value) => (password.value = value)}
          autofocus
        />
      </Form>
    </Dialog>
  )
}
