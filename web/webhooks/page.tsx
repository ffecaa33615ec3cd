import { withTexts } from '../i18n.ts'
import { path } from '../router.ts'
import { webhookTexts } from './texts.ts'
import { WebhookPage } from './webhook-page.tsx'
import { WebhooksPage } from './webhooks-page.tsx'

/** Webhooks: all of them, or one. */
function Webhooks() {
  const [, , , id] = path.value.split('/')
  return id ? <WebhookPage key={id} id={id} /> : <WebhooksPage />
}

export const load = () => withTexts(Webhooks, webhookTexts)
