import type { Texts } from '../i18n.ts'
import en from '../locale/manage/en.json'

/** Texts for managers. */
export const manageTexts: Texts = { en, de: () => import('../locale/manage/de.json') }
