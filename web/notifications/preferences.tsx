import type {
  Channel,
  NotificationPreferences,
  NotificationPreferencesChange,
} from '../../shared/schemas/notification.ts'
import { notificationKinds } from '../../shared/notification-kinds.ts'
import { t } from '../i18n.ts'
import { useQuery } from '../query.ts'
import { useEdit, type Words } from '../ui/edit.tsx'
import { Check, Choice, Field, Form } from '../ui/form.tsx'
import { Loaded } from '../ui/state.tsx'
import { notify } from '../ui/toast.tsx'
import { change, readChosen, readTagged, type Whose } from './notifications.ts'
import { nameKind } from './words.ts'

const channels: Channel[] = ['mail', 'digest', 'inbox', 'off']

/** The user's notification preferences. */
export function PreferencesPage() {
  const chosen = useQuery('chosen', readChosen)
  return (
    <Loaded query={chosen}>
      {(found) => <FieldsForm key={JSON.stringify(found)} chosen={found} reload={chosen.reload} />}
    </Loaded>
  )
}

/** The default preferences; for administrators. */
export function DefaultsForm() {
  const chosen = useQuery('default preferences', () => readChosen('defaults'))
  return (
    <Loaded query={chosen}>
      {(found) => (
        <FieldsForm
          key={JSON.stringify(found)}
          chosen={found}
          reload={chosen.reload}
          whose="defaults"
        />
      )}
    </Loaded>
  )
}

interface FieldsProps {
  chosen: NotificationPreferences
  reload: () => Promise<void>
  whose?: Whose
}

interface Fields {
  kinds: Partial<Record<string, Channel>>
  isQuiet: boolean
  from: string
  to: string
  digest: string
}

function toFields(shown: NotificationPreferences | undefined): Fields {
  const quiet = shown?.effective.quiet_hours
  return {
    kinds: shown?.effective.kinds ?? {},
    isQuiet: Boolean(quiet),
    from: quiet?.from ?? '22:00',
    to: quiet?.to ?? '07:00',
    digest: shown?.effective.digest_at ?? '',
  }
}

function describe({ kinds, isQuiet, from, to, digest }: Fields): Words {
  return [
    ...notificationKinds.map((kind): Words[number] => [
      nameKind(kind),
      t(`channel.${kinds[kind] ?? 'mail'}`),
    ]),
    [t('notifications.quiet'), isQuiet ? `${from}–${to}` : ''],
    [t('notifications.digest_at'), digest],
  ]
}

function FieldsForm({ chosen, reload, whose = 'preferences' }: FieldsProps) {
  const { mail_refused } = chosen
  const { form, fields, set } = useEdit<NotificationPreferences, Fields>({
    of: chosen,
    read: () => readTagged(whose),
    toFields,
    words: describe,
    send: async ({ kinds, isQuiet, from, to, digest }, tagged, now) => {
      const body: NotificationPreferencesChange = {
        kinds: onlyChanged((now ?? chosen).effective.kinds, kinds),
        quiet_hours: isQuiet ? { from, to } : null,
        digest_at: digest,
        // The default language is that of the system.
        ...(whose === 'preferences' && {
          time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
        }),
      }
      await change(body, tagged, whose)
      notify(t('notifications.saved'))
      await reload()
    },
  })
  const again = async () => {
    await change({ mail_refused: null })
    await reload()
  }
  return (
    <div class="stack setup">
      {mail_refused && (
        <div class="notice warn" role="status">
          <p>{t('notifications.refused')}</p>
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
              options={channels.map((value) => ({ value, label: t(`channel.${value}`) }))}
            />
          ))}
        </div>
        <Check
          label={t('notifications.quiet')}
          checked={fields.value.isQuiet}
          change={(isQuiet) => set({ isQuiet })}
        />
        <div class="pair">
          {fields.value.isQuiet && (
            <>
              <Field
                label={t('notifications.quiet_from')}
                type="time"
                value={fields.value.from}
                change={(from) => set({ from })}
                required
              />
              <Field
                label={t('notifications.quiet_to')}
                type="time"
                value={fields.value.to}
                change={(to) => set({ to })}
                required
              />
            </>
          )}
          <Field
            label={t('notifications.digest_at')}
            type="time"
            value={fields.value.digest}
            change={(digest) => set({ digest })}
            required
          />
        </div>
        <p class="soft">{t('notifications.always')}</p>
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
