import type { CreatedWebhook, Webhook } from '../../shared/schemas/webhook.ts'
import { api, ask } from '../api.ts'
import { t } from '../i18n.ts'
import { Dialog } from '../ui/dialog.tsx'
import { useEdit } from '../ui/edit.tsx'
import { Field, Form } from '../ui/form.tsx'

const names = ['url', 'description', 'events'] as const
type Fields = Record<(typeof names)[number], string>

type WebhookDialogProps = {
  close: () => void
  /** Called when somebody else changed it first. */
  stale?: () => void
} & (
  | { webhook?: undefined; done: (webhook: CreatedWebhook) => void }
  | { webhook: Webhook; done: () => void }
)

const readEvents = ({ events }: Fields) => events.split(/[\s,]+/).filter(Boolean)

/** The URL and the events of a webhook. */
export function WebhookDialog({ webhook, close, done, stale }: WebhookDialogProps) {
  const { webhooks } = api.notifications
  const { form, fields, set } = useEdit<Webhook, Fields>({
    of: webhook,
    read: ({ id }) => webhooks({ id }).get(),
    toFields: (shown) => ({
      url: shown?.url ?? 'https://',
      description: shown?.description ?? '',
      events: shown?.events.join(', ') ?? '*',
    }),
    written: (typed) => ({ ...typed, events: readEvents(typed).join(', ') }),
    words: (shown) => names.map((name) => [t(`webhooks.${name}`), shown[name]]),
    send: async (typed, tagged) => {
      const { url, description } = typed
      const body = { url: url.trim(), description: description.trim(), events: readEvents(typed) }
      if (webhook === undefined) done(await ask(webhooks.post(body)))
      else {
        await ask(webhooks({ id: webhook.id }).patch(body, tagged))
        done()
      }
    },
    stale,
  })
  const bind = (field: keyof Fields) => ({
    value: fields.value[field],
    change: (value: string) => set({ [field]: value }),
  })
  return (
    <Dialog title={t(webhook ? 'webhooks.edit' : 'webhooks.add')} close={close}>
      <Form form={form} label={t(webhook ? 'action.save' : 'webhooks.make')} cancel={close}>
        <Field
          {...bind('url')}
          label={t('webhooks.url')}
          hint={t('webhooks.url_hint')}
          type="url"
          required
          autofocus
          maxLength={2000}
        />
        <Field
          {...bind('description')}
          label={t('webhooks.description')}
          hint={t('webhooks.description_hint')}
          maxLength={200}
        />
        <Field
          {...bind('events')}
          label={t('webhooks.events')}
          hint={t('webhooks.events_hint')}
          required
          autocapitalize="none"
        />
      </Form>
    </Dialog>
  )
}
