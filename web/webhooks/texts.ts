import type { Texts } from '../i18n.ts'
import en from '../locale/webhooks/en.json'

/** Texts of webhooks, for administrators. */
export const webhookTexts: Texts = { en, de: () => import('../locale/webhooks/de.json') }
