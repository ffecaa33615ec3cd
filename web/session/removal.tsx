import { useSignal } from '@preact/signals'
import type { User } from '../../shared/schemas/user.ts'
import { api, ask } from '../api.ts'
import { t } from '../i18n.ts'
import { HoldingsFacts } from '../people/holdings.tsx'
import { readHoldings } from '../people/leaving.ts'
import { ReleaseBookings } from '../people/release-bookings.tsx'
import { useQuery } from '../query.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Form, useForm } from '../ui/form.tsx'
import { Loaded } from '../ui/state.tsx'
import { OwnPassword } from './own-password.tsx'
import { signOut } from './session.ts'

/** Deletes the user's account, after showing what it has. */
export function Removal({ me }: { me: User }) {
  const isOpen = useSignal(false)
  return (
    <>
      <p class="soft">{t('leaving.own_text')}</p>
      <p>
        <button type="button" class="danger" onClick={() => (isOpen.value = true)}>
          {t('leaving.delete')}
        </button>
      </p>
      {isOpen.value && <RemovalDialog id={me.id} close={() => (isOpen.value = false)} />}
    </>
  )
}

function RemovalDialog({ id, close }: { id: string; close: () => void }) {
  const held = useQuery(id, () => readHoldings(id))
  const password = useSignal('')
  const form = useForm(async () => {
    await ask(api.users.users({ id }).delete({ current_password: password.value }))
    await signOut()
  })
  return (
    <Dialog title={t('leaving.delete_title')} close={close}>
      <Form form={form} label={t('leaving.delete')} cancel={close}>
        <h3>{t('leaving.you_have')}</h3>
        <Loaded query={held}>
          {(found) => (
            <>
              <HoldingsFacts held={found} />
              <ReleaseBookings id={id} held={found} done={() => void held.reload()} />
            </>
          )}
        </Loaded>
        <p>{t('leaving.delete_text')}</p>
        <OwnPassword value={password.value} change={(value) => (password.value = value)} />
      </Form>
    </Dialog>
  )
}
