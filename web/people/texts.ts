import type { Texts } from '../i18n.ts'
import en from '../locale/leaving/en.json'
import people from '../locale/people/en.json'

/** What is said to administrators where somebody leaves. */
export const leavingTexts: Texts = { en, de: () => import('../locale/leaving/de.json') }

/** What is said on the pages of people, and of one's own account. */
export const peopleTexts: Texts = { en: people, de: () => import('../locale/people/de.json') }
