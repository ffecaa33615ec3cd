import type { Texts } from '../i18n.ts'
import en from '../locale/policy/en.json'

/** Texts of rules in words, and of usual ones. */
export const policyTexts: Texts = { en, de: () => import('../locale/policy/de.json') }
