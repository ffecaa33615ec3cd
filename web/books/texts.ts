import type { Texts } from '../i18n.ts'
import en from '../locale/books/en.json'

/** Texts of the reading list. */
export const bookListTexts: Texts = { en, de: () => import('../locale/books/de.json') }
