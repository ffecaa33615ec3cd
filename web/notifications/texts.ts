import type { Texts } from '../i18n.ts'
import en from '../locale/notifications/en.json'

/** Texts of notifications. */
export const notificationTexts: Texts = { en, de: () => import('../locale/notifications/de.json') }
