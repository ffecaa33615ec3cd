import type { Texts } from '../i18n.ts'
import en from '../locale/bookings/en.json'
import code from '../locale/code/en.json'

/** What is said of bookings and requests; whoever looks into the calendar need not wait for it. */
export const bookingTexts: Texts = { en, de: () => import('../locale/bookings/de.json') }

/** What is said before a resource, where its code led. */
export const codeTexts: Texts = { en: code, de: () => import('../locale/code/de.json') }
