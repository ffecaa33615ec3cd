import type { Texts } from '../i18n.ts'
import en from '../locale/withdrawal/en.json'

/** Texts of taking a resource out of service. */
export const withdrawalTexts: Texts = { en, de: () => import('../locale/withdrawal/de.json') }
