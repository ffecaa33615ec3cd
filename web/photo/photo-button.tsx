import { useSignal } from '@preact/signals'
import type { Resource } from '../../shared/schemas/resource.ts'
import { keptPending, readPending } from '../bookings/bookings.ts'
import { t } from '../i18n.ts'
import { lazy } from '../lazy.tsx'
import { useQuery } from '../query.ts'
import { isAdmin } from '../session/session.ts'

const PhotoDialog = lazy(() => import('./photo-dialog.tsx').then((it) => it.load()))

interface PhotoButtonProps {
  resource: Resource
  done: () => void
  /** Whether it is one of many. */
  isNamed?: boolean
}

// Only a page that is opened at once, from a link, has nobody before it who asked.
async function mayManage(): Promise<boolean> {
  if (isAdmin.value) return true
  return (keptPending() ?? (await readPending())).manages
}

/** For users who may set the photo. */
export function PhotoButton({ resource, done, isNamed = false }: PhotoButtonProps) {
  const isAsked = useSignal(false)
  const isManager = useQuery('manages', mayManage)
  if (!isManager.data.value) return null
  const close = () => (isAsked.value = false)
  return (
    <>
      <button type="button" onClick={() => (isAsked.value = true)}>
        {t('resource.photo')}
        {isNamed && <span class="visually-hidden"> {resource.name}</span>}
      </button>
      {isAsked.value && <PhotoDialog {...{ resource, close, done }} />}
    </>
  )
}
