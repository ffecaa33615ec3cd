import { useSignal } from '@preact/signals'
import type { CreatedWebhook, Webhook } from '../../shared/schemas/webhook.ts'
import { api, ask } from '../api.ts'
import { t } from '../i18n.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Field, Form, useForm } from '../ui/form.tsx'

type WebhookDialogProps = { close: () => void } & (
  | { webhook?: undefined; done: (webhook: CreatedWebhook) => void }
  | { webhook: Webhook; done: () => void }
)

/** The URL and the events of a webhook. */
export function WebhookDialog({ webhook, close, done }: WebhookDialogProps) {
  const fields = useSignal({
    url: webhook?.url ?? 'https://',
    description: webhook?.description ?? '',
    events: webhook?.events.join(', ') ?? '*',
  })
  const form = useForm(async () => {
    const { url, description, events: text } = fields.value
    const events = text.split(/[\s,]+/).filter(Boolean)
    const body = { url: url.trim(), description: description.trim(), events }
    if (webhook === undefined) done(await ask(api.notifications.webhooks.post(body)))
    else {
      await ask(api.notifications.webhooks({ id: webhook.id }).patch(body))
      done()
    }
  })
  const bind = (field: keyof typeof fields.value) => ({
    value: fields.value[field],
    change: (value: string) => (fields.value = { ...fields.value, [field]: value }),
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
