import { useSignal } from '@preact/signals'
import { t } from '../i18n.ts'
import { notifyError } from './toast.tsx'

/** The end of a list that has more. */
export function More({ load }: { load: (() => Promise<void>) | undefined }) {
  const busy = useSignal(false)
  if (!load) return null
  const run = async () => {
    if (busy.value) return
    busy.value = true
    await load().catch(notifyError)
    busy.value = false
  }
  return (
    <button type="button" aria-busy={busy.value} onClick={() => void run()}>
      {t('action.more')}
    </button>
  )
}
