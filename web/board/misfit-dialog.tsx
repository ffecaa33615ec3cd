import type { Resource } from '../../shared/schemas/resource.ts'
import type { TimeSpan } from '../bookings/inventory.ts'
import { ConflictNotice } from '../bookings/conflict-notice.tsx'
import { readResource } from '../bookings/inventory.ts'
import { t } from '../i18n.ts'
import { Dialog } from '../ui/dialog.tsx'
import { notifyError } from '../ui/toast.tsx'
import type { Misfit } from './move.ts'

export type { Misfit }

interface MisfitDialogProps {
  misfit: Misfit
  close: () => void
  retry: (to: Resource, span: TimeSpan) => void
}

/** A dropped booking that does not fit: offers places where it would, by one click. */
export function MisfitDialog({ misfit, close, retry }: MisfitDialogProps) {
  const { conflict, to, span } = misfit
  const takePeer = (id: string) =>
    void readResource(id)
      .then((peer) => retry(peer, span))
      .catch(notifyError)
  return (
    <Dialog title={t('board.misfit')} close={close}>
      <ConflictNotice conflict={conflict} take={(free) => retry(to, free)} takePeer={takePeer} />
      <footer class="actions">
        <button type="button" onClick={close}>
          {t('board.leave_it')}
        </button>
      </footer>
    </Dialog>
  )
}
