import type { Texts } from '../i18n.ts'
import en from '../locale/displays/en.json'

/** What is said to those who hang up screens. */
export const displayTexts: Texts = { en, de: () => import('../locale/displays/de.json') }
