import type { Texts } from '../i18n.ts'
import en from '../locale/system/en.json'

/** Texts of the system and its security, for administrators. */
export const systemTexts: Texts = { en, de: () => import('../locale/system/de.json') }
