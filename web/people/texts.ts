import type { Texts } from '../i18n.ts'
import en from '../locale/leaving/en.json'
import people from '../locale/people/en.json'

/** Texts for administrators about leaving users. */
export const leavingTexts: Texts = { en, de: () => import('../locale/leaving/de.json') }

/** Texts of people, and of the user's own account. */
export const peopleTexts: Texts = { en: people, de: () => import('../locale/people/de.json') }
