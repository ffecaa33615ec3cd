import type { Texts } from '../i18n.ts'
import en from '../locale/rules/en.json'

/** What is said of rules, to those who make them. */
export const ruleTexts: Texts = { en, de: () => import('../locale/rules/de.json') }
