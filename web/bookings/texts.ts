import type { Texts } from '../i18n.ts'
import en from '../locale/bookings/en.json'
import code from '../locale/code/en.json'

/** Texts of bookings and requests, not needed by the calendar alone. */
export const bookingTexts: Texts = { en, de: () => import('../locale/bookings/de.json') }

/** Texts of the page of a printed code. */
export const codeTexts: Texts = { en: code, de: () => import('../locale/code/de.json') }
