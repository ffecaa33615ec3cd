import type { Texts } from '../i18n.ts'
import en from '../locale/setup/en.json'

/** Texts of the first setup. */
export const setupTexts: Texts = { en, de: () => import('../locale/setup/de.json') }
