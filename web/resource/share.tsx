import { useSignal } from '@preact/signals'
import type { Resource } from '../../shared/schemas/resource.ts'
import { download } from '../download.ts'
import { t } from '../i18n.ts'
import { lazy } from '../lazy.tsx'
import { notifyError } from '../ui/toast.tsx'

const FeedDialog = lazy(() => import('./feed-dialog.tsx').then((it) => it.FeedDialog))

/** Ways to a resource from elsewhere: a printable code, a calendar address. */
export function Share({ resource }: { resource: Resource }) {
  const isAsked = useSignal(false)
  const { id, name } = resource
  const print = () => download(`/api/qr_codes/${id}`, `${name.replaceAll('/', '-')}.svg`)
  return (
    <>
      <button type="button" onClick={() => void print().catch(notifyError)}>
        {t('resources.qr')}
      </button>
      <button type="button" onClick={() => (isAsked.value = true)}>
        {t('resource.feed')}
      </button>
      {isAsked.value && <FeedDialog resource={resource} close={() => (isAsked.value = false)} />}
    </>
  )
}
