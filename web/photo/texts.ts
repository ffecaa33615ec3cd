import type { Texts } from '../i18n.ts'
import en from '../locale/photo/en.json'

/** Texts for setting a photo. */
export const photoTexts: Texts = { en, de: () => import('../locale/photo/de.json') }
