import type { Texts } from '../i18n.ts'
import en from '../locale/photo/en.json'

/** What is said to who sets the photo of a resource. */
export const photoTexts: Texts = { en, de: () => import('../locale/photo/de.json') }
