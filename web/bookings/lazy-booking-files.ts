import { lazy } from '../lazy.tsx'

/** What is booked is there before its papers are. */
export const BookingFiles = lazy(() => import('./booking-files.tsx').then((it) => it.load()))
