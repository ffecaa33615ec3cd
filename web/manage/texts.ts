import type { Texts } from '../i18n.ts'
import en from '../locale/manage/en.json'

/** What is said to those who manage what others book. */
export const manageTexts: Texts = { en, de: () => import('../locale/manage/de.json') }
