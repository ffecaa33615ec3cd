import type { Texts } from '../i18n.ts'
import en from '../locale/leaving/en.json'

/** What is said to administrators where somebody leaves. */
export const leavingTexts: Texts = { en, de: () => import('../locale/leaving/de.json') }
