import type { Texts } from '../i18n.ts'
import en from '../locale/files/en.json'

/** Texts of files. */
export const fileTexts: Texts = { en, de: () => import('../locale/files/de.json') }
