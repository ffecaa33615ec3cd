import type { Texts } from '../i18n.ts'
import en from '../locale/resource/en.json'

/** What is said of one resource: who has it, its rules, what was recorded. */
export const resourceTexts: Texts = { en, de: () => import('../locale/resource/de.json') }
