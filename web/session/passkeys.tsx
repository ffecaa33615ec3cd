import { useSignal } from '@preact/signals'
import type { Passkey } from '../../shared/schemas/passkey.ts'
import { api, ask } from '../api.ts'
import { t } from '../i18n.ts'
import { useQuery } from '../query.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Field, Form, useForm } from '../ui/form.tsx'
import { NameDialog } from '../ui/name-dialog.tsx'
import { Loaded } from '../ui/state.tsx'
import { Time } from '../ui/time.tsx'
import { notify } from '../ui/toast.tsx'
import { describeDevice } from './device.ts'
import { newCodes } from './new-codes.ts'
import { passkeyChanges } from './passkey-changes.ts'
import { OwnPassword } from './own-password.tsx'
import { readSignUp } from './session.ts'

/** The user's passkeys: last use, name, and removal. */
export function Passkeys() {
  const list = useQuery('passkeys', () => ask(api.users.passkeys.get({ query: {} })))
  const reload = () => {
    passkeyChanges.value++
    void list.reload()
  }
  return (
    <>
      <p class="soft">{t('passkeys.about')}</p>
      <Loaded query={list}>
        {(passkeys) =>
          passkeys.length > 0 && (
            <ul class="rows">
              {passkeys.map((passkey) => (
                <Row key={passkey.id} passkey={passkey} reload={reload} />
              ))}
            </ul>
          )
        }
      </Loaded>
      <Add reload={reload} />
    </>
  )
}

function Add({ reload }: { reload: () => void }) {
  const signUp = useQuery('sign-up', readSignUp)
  const isAdding = useSignal(false)
  const at = signUp.data.value?.passkeys
  if (at === undefined) return null
  if (at === null) return <p>{t('passkeys.nowhere')}</p>
  if (at !== location.origin) return <p>{t('passkeys.elsewhere', { origin: at })}</p>
  return (
    <p>
      <button type="button" onClick={() => (isAdding.value = true)}>
        {t('passkeys.add')}
      </button>
      {isAdding.value && <AddDialog close={() => (isAdding.value = false)} done={reload} />}
    </p>
  )
}

function AddDialog({ close, done }: { close: () => void; done: () => void }) {
  const name = useSignal(describeDevice(navigator.userAgent).slice(0, 80))
  const password = useSignal('')
  const form = useForm(async () => {
    const { passkeys } = api.users
    const begun = await ask(passkeys.options.post({ current_password: password.value }))
    const { makePasskey } = await import('./passkey.ts')
    const made = await makePasskey(begun)
    const added = await ask(passkeys.post({ ...made, name: name.value.trim() }))
    newCodes.value = added.recovery_codes
    notify(t('passkeys.added', { name: added.passkey.name }))
    close()
    done()
  })
  return (
    <Dialog title={t('passkeys.add')} close={close}>
      <Form form={form} label={t('factor.continue')} cancel={close}>
        <Field
          label={t('keys.name')}
          value={name.value}
          change={(value) => (name.value = value)}
          hint={t('passkeys.name_hint')}
          maxLength={80}
          required
        />
        <OwnPassword value={password.value} change={(value) => (password.value = value)} />
      </Form>
    </Dialog>
  )
}

function Row({ passkey, reload }: { passkey: Passkey; reload: () => void }) {
  const { id, name, created, last_used } = passkey
  const open = useSignal<'rename' | 'remove' | undefined>(undefined)
  const close = () => (open.value = undefined)
  const button = (action: 'rename' | 'remove', label: string, kind = '') => (
    <button type="button" class={`small ${kind}`} onClick={() => (open.value = action)}>
      {label}
      <span class="visually-hidden">{name}</span>
    </button>
  )
  return (
    <li>
      <div class="grow">
        <b>{name}</b>
        <br />
        <span class="soft">
          {t('passkeys.created')} <Time at={created} style="date" />,{' '}
          {last_used ? (
            <>
              {t('keys.last_used')} <Time at={last_used} />
            </>
          ) : (
            t('keys.never_used')
          )}
        </span>
      </div>
      {button('rename', t('files.rename'))}
      {button('remove', t('action.remove'), 'danger')}
      {open.value === 'rename' && (
        <NameDialog
          title={t('files.rename')}
          field={t('keys.name')}
          name={name}
          maxLength={80}
          send={(to) => ask(api.users.passkeys({ id }).patch({ name: to.trim() }))}
          close={close}
          done={reload}
        />
      )}
      {open.value === 'remove' && <RemoveDialog passkey={passkey} close={close} done={reload} />}
    </li>
  )
}

interface RemoveDialogProps {
  passkey: Passkey
  close: () => void
  done: () => void
}

function RemoveDialog({ passkey: { id, name }, close, done }: RemoveDialogProps) {
  const password = useSignal('')
  const form = useForm(async () => {
    await ask(api.users.passkeys({ id }).delete({ current_password: password.value }))
    notify(t('passkeys.removed', { name }))
    close()
    done()
  })
  return (
    <Dialog title={t('passkeys.remove_title', { name })} close={close}>
      <Form form={form} label={t('action.remove')} cancel={close}>
        <p>{t('passkeys.remove_text')}</p>
        <OwnPassword value={password.value} change={(value) => (password.value = value)} />
      </Form>
    </Dialog>
  )
}
