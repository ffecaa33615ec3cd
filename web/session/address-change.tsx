import { useSignal } from '@preact/signals'
import type { User } from '../../shared/schemas/user.ts'
import { api, ask } from '../api.ts'
import { t } from '../i18n.ts'
import { Field, Form, useForm } from '../ui/form.tsx'
import { notify, notifyError } from '../ui/toast.tsx'
import { OwnPassword } from './own-password.tsx'

/** The user's address: whether it is verified, and how to change it. */
export function AddressChange({ me }: { me: User }) {
  const fields = useSignal({ email: '', current_password: '' })
  const form = useForm(async () => {
    await send(fields.value)
    fields.value = { email: '', current_password: '' }
  })
  const verify = () => void send({ email: me.email }).catch(notifyError)
  const input = (name: keyof typeof fields.value) => ({
    value: fields.value[name],
    change: (value: string) => (fields.value = { ...fields.value, [name]: value }),
  })
  return (
    <>
      {!me.email_verified && (
        <p>
          {t('session.unverified', { email: me.email })}{' '}
          <button type="button" class="small" onClick={verify}>
            {t('session.send_link')}
          </button>
        </p>
      )}
      <Form form={form} label={t('session.send_link')}>
        <div class="pair">
          <Field
            {...input('email')}
            required
            label={t('session.new_email')}
            type="email"
            autocomplete="email"
          />
          <OwnPassword {...input('current_password')} />
        </div>
        <p class="soft">{t('session.address_text')}</p>
      </Form>
    </>
  )
}

async function send(body: { email: string; current_password?: string }): Promise<void> {
  await ask(api.users.address_changes.post(body))
  notify(t('session.link_sent', { email: body.email }))
}
