import { lazy } from '../lazy.tsx'

/** Whoever only looks need not wait for it. */
export const BookingDialog = lazy(() =>
  import('./booking-dialog.tsx').then(({ BookingDialog: Dialog }) => Dialog),
)
