import { useSignal } from '@preact/signals'
import type { CreatedApiKey } from '../../shared/schemas/api-key.ts'
import { day_ms } from '../../shared/duration.ts'
import { api, ask } from '../api.ts'
import { t } from '../i18n.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Choice, Field, Form, useForm } from '../ui/form.tsx'
import { notify, notifyError } from '../ui/toast.tsx'
import { scopeLevels, scopePlaces } from './scope.ts'
import { isAdmin } from './session.ts'

const lives = ['30', '90', '365'] as const

interface ApiKeyDialogProps {
  close: () => void
  done: (key: CreatedApiKey) => void
}

/** Creates a key: purpose, rights, services, and expiry. */
export function ApiKeyDialog({ close, done }: ApiKeyDialogProps) {
  const fields = useSignal({ name: '', level: 'read', place: '', days: '90' })
  const { name, level, place, days } = fields.value
  const form = useForm(async () => {
    const scopes = [place ? `${place}:${level}` : level]
    const expires = new Date(Date.now() + Number(days) * day_ms).toISOString()
    done(await ask(api.users.api_keys.post({ name, scopes, expires })))
  })
  const bind = (field: keyof typeof fields.value) => ({
    value: fields.value[field],
    change: (value: string) => (fields.value = { ...fields.value, [field]: value }),
  })
  // Only administrators can manage anything.
  const levels = scopeLevels.filter((each) => each !== 'manage' || isAdmin.value)
  const places = scopePlaces.map((each) => ({ value: each, label: t(`key_place.${each}`) }))
  return (
    <Dialog title={t('keys.new')} close={close}>
      <Form form={form} label={t('keys.make')} cancel={close}>
        <Field
          {...bind('name')}
          label={t('keys.name')}
          hint={t('keys.name_hint')}
          required
          autofocus
          maxLength={100}
        />
        <Choice
          {...bind('level')}
          label={t('keys.may')}
          options={levels.map((each) => ({ value: each, label: t(`key_level.${each}`) }))}
        />
        <div class="pair">
          <Choice
            {...bind('place')}
            label={t('keys.where')}
            options={[{ value: '', label: t('keys.everywhere') }, ...places]}
          />
          <Choice
            {...bind('days')}
            label={t('keys.life')}
            options={lives.map((value) => ({ value, label: t('keys.days', { count: value }) }))}
          />
        </div>
      </Form>
    </Dialog>
  )
}

/** The only time the key is shown. */
export function NewKey({ apiKey, close }: { apiKey: CreatedApiKey; close: () => void }) {
  const copy = () =>
    navigator.clipboard.writeText(apiKey.key).then(() => notify(t('keys.copied')), notifyError)
  return (
    <Dialog title={apiKey.name} close={close}>
      <div class="form">
        <p>{t('keys.shown_once')}</p>
        <Field label={t('keys.key')} value={apiKey.key} change={() => {}} readonly />
        <footer class="actions">
          <button type="button" onClick={close}>
            {t('action.close')}
          </button>
          <button type="button" class="primary" onClick={() => void copy()}>
            {t('keys.copy')}
          </button>
        </footer>
      </div>
    </Dialog>
  )
}
