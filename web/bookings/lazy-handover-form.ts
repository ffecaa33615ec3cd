import { lazy } from '../lazy.tsx'

/** The form and its photo code load only when needed. */
export const HandoverForm = lazy(() =>
  import('./handover-form.tsx').then(({ HandoverForm: Form }) => Form),
)
