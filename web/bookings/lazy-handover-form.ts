import { lazy } from '../lazy.tsx'

/** Whoever hands nothing over need not wait for it, and for what photos take. */
export const HandoverForm = lazy(() =>
  import('./handover-form.tsx').then(({ HandoverForm: Form }) => Form),
)
