import type { Texts } from '../i18n.ts'
import en from '../locale/setup/en.json'

/** What is said to who sets things up. */
export const setupTexts: Texts = { en, de: () => import('../locale/setup/de.json') }
