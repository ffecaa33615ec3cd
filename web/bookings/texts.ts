import type { Texts } from '../i18n.ts'
import en from '../locale/bookings/en.json'

/** What is said of bookings and requests; whoever looks into the calendar need not wait for it. */
export const bookingTexts: Texts = { en, de: () => import('../locale/bookings/de.json') }
