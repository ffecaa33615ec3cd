import type { Texts } from '../i18n.ts'
import en from '../locale/series/en.json'

/** Texts of recurring bookings. */
export const seriesTexts: Texts = { en, de: () => import('../locale/series/de.json') }
