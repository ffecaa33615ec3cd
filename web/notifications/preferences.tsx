import { useSignal } from '@preact/signals'
import type { Channel, NotificationPreferencesChange } from '../../shared/schemas/notification.ts'
import { isChanged } from '../if-shown.ts'
import { notificationKinds } from '../../shared/notification-kinds.ts'
import { t } from '../i18n.ts'
import { useQuery } from '../query.ts'
import { Check, Choice, Field, Form, useForm } from '../ui/form.tsx'
import { Loaded } from '../ui/state.tsx'
import { notify } from '../ui/toast.tsx'
import { change, readChosen, type Chosen, type Whose } from './told.ts'
import { nameKind } from './words.ts'

const channels: Channel[] = ['mail', 'digest', 'inbox', 'off']

/** The user's notification preferences. */
export function PreferencesPage() {
  const chosen = useQuery('chosen', readChosen)
  return (
    <Loaded query={chosen}>
      {(found) => <Fields key={found.etag} chosen={found} reload={chosen.reload} />}
    </Loaded>
  )
}

/** The default preferences; for administrators. */
export function DefaultsForm() {
  const chosen = useQuery('told defaults', () => readChosen('defaults'))
  return (
    <Loaded query={chosen}>
      {(found) => (
        <Fields key={found.etag} chosen={found} reload={chosen.reload} whose="defaults" />
      )}
    </Loaded>
  )
}

interface FieldsProps {
  chosen: Chosen
  reload: () => Promise<void>
  whose?: Whose
}

function Fields({ chosen, reload, whose = 'preferences' }: FieldsProps) {
  const { effective, mail_refused } = chosen.preferences
  const quiet = effective.quiet_hours
  const fields = useSignal({
    kinds: effective.kinds as Partial<Record<string, Channel>>,
    isQuiet: quiet !== null,
    from: quiet?.from ?? '22:00',
    to: quiet?.to ?? '07:00',
    digest: effective.digest_at,
  })
  const set = (changes: Partial<typeof fields.value>) =>
    (fields.value = { ...fields.value, ...changes })
  const form = useForm(async () => {
    const { isQuiet, from, to, digest } = fields.value
    const body: NotificationPreferencesChange = {
      kinds: onlyChanged(effective.kinds, fields.value.kinds),
      quiet_hours: isQuiet ? { from, to } : null,
      digest_at: digest,
      // The default language is that of the system.
      ...(whose === 'preferences' && {
        time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      }),
    }
    try {
      await change(chosen, body, whose)
      notify(t('told.saved'))
    } catch (error) {
      if (isChanged(error)) await reload()
      throw error
    }
    await reload()
  })
  const again = async () => {
    await change(chosen, { mail_refused: null })
    await reload()
  }
  return (
    <div class="stack setup">
      {mail_refused && (
        <div class="notice warn" role="status">
          <p>{t('told.refused')}</p>
          <button type="button" onClick={() => void again()}>
            {t('state.retry')}
          </button>
        </div>
      )}
      <Form form={form} label={t('action.save')}>
        <div class="pair">
          {notificationKinds.map((kind) => (
            <Choice
              key={kind}
              label={nameKind(kind)}
              value={fields.value.kinds[kind] ?? 'mail'}
              change={(value) =>
                set({ kinds: { ...fields.value.kinds, [kind]: value as Channel } })
              }
              options={channels.map((value) => ({ value, label: t(`told_by.${value}`) }))}
            />
          ))}
        </div>
        <Check
          label={t('told.quiet')}
          checked={fields.value.isQuiet}
          change={(isQuiet) => set({ isQuiet })}
        />
        <div class="pair">
          {fields.value.isQuiet && (
            <>
              <Field
                label={t('told.quiet_from')}
                type="time"
                value={fields.value.from}
                change={(from) => set({ from })}
                required
              />
              <Field
                label={t('told.quiet_to')}
                type="time"
                value={fields.value.to}
                change={(to) => set({ to })}
                required
              />
            </>
          )}
          <Field
            label={t('told.digest_at')}
            type="time"
            value={fields.value.digest}
            change={(digest) => set({ digest })}
            required
          />
        </div>
        <p class="soft">{t('told.always')}</p>
      </Form>
    </div>
  )
}

// An unchanged default stays a default, even if that changes.
function onlyChanged(
  before: Record<string, Channel>,
  after: Partial<Record<string, Channel>>,
): NonNullable<NotificationPreferencesChange['kinds']> {
  const changed = notificationKinds.filter((kind) => after[kind] && after[kind] !== before[kind])
  return Object.fromEntries(changed.map((kind) => [kind, after[kind]]))
}
