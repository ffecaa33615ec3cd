import type { Texts } from '../i18n.ts'
import en from '../locale/notifications/en.json'

/** What is said of what happened. */
export const toldTexts: Texts = { en, de: () => import('../locale/notifications/de.json') }
