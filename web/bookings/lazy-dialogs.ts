import { lazy } from '../lazy.tsx'

/** Forms that are not needed just to look. */
export const BookingDialog = lazy(() =>
  import('./booking-dialog.tsx').then(({ BookingDialog: Dialog }) => Dialog),
)
export const MoveDialog = lazy(() =>
  import('./move-dialog.tsx').then(({ MoveDialog: Dialog }) => Dialog),
)
export const ResourceDialog = lazy(() =>
  import('./resource-dialog.tsx').then(({ ResourceDialog: Dialog }) => Dialog),
)
export const TypeDialog = lazy(() => import('./type-dialog.tsx').then(({ load }) => load()))
