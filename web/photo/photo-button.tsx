import { useSignal } from '@preact/signals'
import type { PendingBookings } from '../../shared/schemas/booking.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { t } from '../i18n.ts'
import { lazy } from '../lazy.tsx'
import { readKept } from '../session/kept.ts'
import { isAdmin } from '../session/session.ts'

const PhotoDialog = lazy(() => import('./photo-dialog.tsx').then((it) => it.load()))

interface PhotoButtonProps {
  resource: Resource
  done: () => void
  /** Whether it is one of many. */
  isNamed?: boolean
}

/** For users who may set the photo, as far as is known here. */
export function PhotoButton({ resource, done, isNamed = false }: PhotoButtonProps) {
  const isAsked = useSignal(false)
  if (!isAdmin.value && !readKept<PendingBookings>('pending')?.manages) return null
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
