import type { Texts } from '../i18n.ts'
import en from '../locale/series/en.json'

/** What is said of bookings that repeat. */
export const seriesTexts: Texts = { en, de: () => import('../locale/series/de.json') }
