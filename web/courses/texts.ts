import type { Texts } from '../i18n.ts'
import en from '../locale/courses/en.json'

/** Texts of courses and exercises. */
export const courseTexts: Texts = { en, de: () => import('../locale/courses/de.json') }
