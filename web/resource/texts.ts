import type { Texts } from '../i18n.ts'
import en from '../locale/resource/en.json'

/** Texts of one resource: its user, rules, and records. */
export const resourceTexts: Texts = { en, de: () => import('../locale/resource/de.json') }
