import { useSignal } from '@preact/signals'
import { t } from '../i18n.ts'
import { Dialog } from './dialog.tsx'
import { Field, Form, useForm } from './form.tsx'

interface NameDialogProps {
  title: string
  /** What the name is called. */
  field: string
  /** What is on the button; `Save` when left out. */
  label?: string
  /** The name so far; empty when left out. */
  name?: string
  maxLength: number
  /** Throws what the dialog then shows; it stays open. */
  send: (name: string) => Promise<unknown>
  close: () => void
  /** Called when the dialog has closed. */
  done: () => void
}

/** Asks for one name, and for nothing else. */
export function NameDialog({ title, field, label, name, maxLength, ...rest }: NameDialogProps) {
  const { send, close, done } = rest
  const value = useSignal(name ?? '')
  const form = useForm(async () => {
    await send(value.value)
    close()
    done()
  })
  return (
    <Dialog title={title} close={close}>
      <Form form={form} label={label ?? t('action.save')} cancel={close}>
        <Field
          label={field}
          value={value.value}
          change={(changed) => (value.value = changed)}
          maxLength={maxLength}
          required
          autofocus
        />
      </Form>
    </Dialog>
  )
}
