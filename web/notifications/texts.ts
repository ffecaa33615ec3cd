import type { Texts } from '../i18n.ts'
import en from '../locale/notifications/en.json'

/** Texts of notifications. */
export const toldTexts: Texts = { en, de: () => import('../locale/notifications/de.json') }
