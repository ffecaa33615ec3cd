import { useSignal } from '@preact/signals'
import { t } from '../i18n.ts'
import { Dialog } from './dialog.tsx'
import { Field, Form, useForm } from './form.tsx'

interface NameDialogProps {
  title: string
  /** The label of the name. */
  field: string
  /** The button's text; `Save` if omitted. */
  label?: string
  /** The current name; empty if omitted. */
  name?: string
  maxLength: number
  /** Throws the error that the dialog shows; it stays open. */
  send: (name: string) => Promise<unknown>
  close: () => void
  /** Called when the dialog has closed. */
  done: () => void
}

/** Asks for one name, and nothing else. */
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
