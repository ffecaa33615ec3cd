import { t } from '../i18n.ts'
import { Dialog } from './dialog.tsx'
import { useEdit, type Tagged } from './edit.tsx'
import { Field, Form } from './form.tsx'

interface NameDialogProps {
  title: string
  /** The label of the name. */
  field: string
  /** The button's text; `Save` if omitted. */
  label?: string
  /** The current name; empty if omitted. */
  name?: string
  maxLength: number
  /** It as it is now, if a change names the version that it changes. */
  read?: () => Promise<{ data: { name: string } | null; response: Response }>
  /** Throws the error that the dialog shows; it stays open. */
  send: (name: string, tagged: Tagged) => Promise<unknown>
  close: () => void
  /** Called when the dialog has closed. */
  done: () => void
}

/** Asks for one name, and nothing else. */
export function NameDialog({ title, field, label, name, maxLength, ...rest }: NameDialogProps) {
  const { read, send, close, done } = rest
  const { form, fields, set } = useEdit({
    of: read && { name: name ?? '' },
    read: () => read?.() ?? Promise.reject(new Error('nothing to read')),
    toFields: (of: { name: string } | undefined) => ({ name: of?.name ?? name ?? '' }),
    words: (shown) => [[field, shown.name]],
    send: async (typed, tagged) => {
      await send(typed.name, tagged)
      close()
      done()
    },
    stale: done,
  })
  return (
    <Dialog title={title} close={close}>
      <Form form={form} label={label ?? t('action.save')} cancel={close}>
        <Field
          label={field}
          value={fields.value.name}
          change={(changed) => set({ name: changed })}
          maxLength={maxLength}
          required
          autofocus
        />
      </Form>
    </Dialog>
  )
}
