import { lazy } from '../lazy.tsx'

/** A booking is shown before its files. */
export const BookingFiles = lazy(() => import('./booking-files.tsx').then((it) => it.load()))
