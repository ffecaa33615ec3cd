import type { Texts } from '../i18n.ts'
import en from '../locale/rules/en.json'

/** Texts of rules, for managers of them. */
export const ruleTexts: Texts = { en, de: () => import('../locale/rules/de.json') }
