import { useSignal } from '@preact/signals'
import type { SecondFactorSecret } from '../../shared/schemas/second-factor.ts'
import { api, ask } from '../api.ts'
import { t, type MessageKey } from '../i18n.ts'
import { useQuery } from '../query.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Form, useForm } from '../ui/form.tsx'
import { Loaded } from '../ui/state.tsx'
import { notify } from '../ui/toast.tsx'
import { Authenticator } from './authenticator.tsx'
import { CodeField } from './code-field.tsx'
import { newCodes } from './new-codes.ts'
import { passkeyChanges } from './passkey-changes.ts'
import { PasswordDialog } from './password-dialog.tsx'

type Action = 'on' | 'codes' | 'off'
const titles: Record<Action, MessageKey> = {
  on: 'factor.turn_on',
  codes: 'factor.new_codes',
  off: 'factor.turn_off',
}

interface OpenProps {
  wanted: Action
  danger?: boolean
  label?: MessageKey
}

/** Whether login requires a code, with a way to turn that on or off. */
export function SecondFactor() {
  const state = useQuery(`second-factor ${passkeyChanges.value}`, () =>
    ask(api.users.second_factor.get()),
  )
  const action = useSignal<Action | undefined>(undefined)
  const secret = useSignal<SecondFactorSecret | undefined>(undefined)
  const close = () => {
    action.value = undefined
    secret.value = undefined
    void state.reload()
  }
  const run = async (current_password: string) => {
    const { second_factor } = api.users
    if (action.value === 'on') {
      secret.value = await ask(second_factor.post({ current_password }))
      return
    }
    if (action.value === 'codes') {
      const { recovery_codes } = await ask(second_factor.recovery_codes.post({ current_password }))
      newCodes.value = recovery_codes
    } else {
      await ask(second_factor.delete({ current_password }))
      notify(t('factor.is_off'))
    }
    close()
  }
  const Open = ({ wanted, danger = false, label = titles[wanted] }: OpenProps) => (
    <button type="button" class={danger ? 'danger' : ''} onClick={() => (action.value = wanted)}>
      {t(label)}
    </button>
  )
  return (
    <>
      <p class="soft">{t('factor.about')}</p>
      <Loaded query={state}>
        {({ on, passkeys, required, recovery_codes_left: count }) => (
          <>
            {(on || passkeys > 0) && (
              <p>{t(on ? 'factor.is_on' : 'factor.is_passkey', { count })}</p>
            )}
            <div class="cluster">
              {!on && (
                <Open wanted="on" label={passkeys > 0 ? 'factor.add_app' : 'factor.turn_on'} />
              )}
              {(on || passkeys > 0) && <Open wanted="codes" />}
              {on && (!required || passkeys > 0) && <Open wanted="off" danger />}
            </div>
          </>
        )}
      </Loaded>
      {action.value && !secret.value && (
        <PasswordDialog title={t(titles[action.value])} run={run} close={close} />
      )}
      {secret.value && <ConfirmDialog secret={secret.value} close={close} />}
    </>
  )
}

function ConfirmDialog({ secret, close }: { secret: SecondFactorSecret; close: () => void }) {
  const code = useSignal('')
  const form = useForm(async () => {
    const call = api.users.second_factor.confirm.post({ code: code.value })
    newCodes.value = (await ask(call)).recovery_codes
    close()
  })
  return (
    <Dialog title={t('factor.title')} close={close}>
      <Form form={form} label={t('factor.turn_on')} cancel={close}>
        <Authenticator {...secret} />
        <CodeField value={code.value} change={(value) => (code.value = value)} />
      </Form>
    </Dialog>
  )
}
