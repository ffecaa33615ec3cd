import type { Texts } from '../i18n.ts'
import en from '../locale/displays/en.json'

/** Texts of displays. */
export const displayTexts: Texts = { en, de: () => import('../locale/displays/de.json') }
