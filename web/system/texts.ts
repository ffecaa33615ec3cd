import type { Texts } from '../i18n.ts'
import en from '../locale/system/en.json'

/** What is said of the system and its security, to administrators. */
export const systemTexts: Texts = { en, de: () => import('../locale/system/de.json') }
