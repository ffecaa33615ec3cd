import { useSignal } from '@preact/signals'
import type { Holdings } from '../../shared/schemas/leaving.ts'
import type { User } from '../../shared/schemas/user.ts'
import { InputError } from '../error-text.ts'
import { formatNumber, t } from '../i18n.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Check, Form, useForm } from '../ui/form.tsx'
import { notify } from '../ui/toast.tsx'
import { countAhead, handOver } from './leaving.ts'
import { nameOf } from './names.ts'
import { PersonPicker } from './person-picker.tsx'

interface HandOverDialogProps {
  user: User
  held: Holdings
  /** One booking; otherwise everything selected. */
  booking?: string | undefined
  close: () => void
  done: () => void
}

/** Hands a user's things over to a colleague. */
export function HandOverDialog({ user, held, booking, close, done }: HandOverDialogProps) {
  const to = useSignal('')
  const counts = { bookings: countAhead(held), files: held.files?.count ?? 0 }
  const wanted = useSignal({ bookings: counts.bookings > 0, files: counts.files > 0 })
  const form = useForm(async () => {
    const { bookings, files } = wanted.value
    if (!to.value) throw new InputError(t('leaving.choose'))
    if (!bookings && !files) throw new InputError(t('leaving.tick'))
    const all = {
      ...(bookings && { bookings: true as const }),
      ...(files && { files: true as const }),
    }
    await handOver(user.id, { to: to.value, ...(booking ? { bookings: [booking] } : all) }).finally(
      done,
    )
    notify(t('leaving.handed_over', { name: nameOf(to.value) }))
    close()
  })
  const check = (name: 'bookings' | 'files', label: string) =>
    counts[name] > 0 && (
      <Check
        label={`${label} (${formatNumber(counts[name])})`}
        checked={wanted.value[name]}
        change={(checked) => (wanted.value = { ...wanted.value, [name]: checked })}
      />
    )
  return (
    <Dialog title={t('leaving.hand_over_title', { name: user.display_name })} close={close}>
      <Form form={form} label={t('leaving.hand_over')} cancel={close}>
        <PersonPicker
          label={t('leaving.to')}
          change={(id) => (to.value = id)}
          {...(to.value && { hint: nameOf(to.value) })}
        />
        {!booking && check('bookings', t('leaving.bookings_and_waiting'))}
        {!booking && check('files', t('page.files'))}
      </Form>
    </Dialog>
  )
}
