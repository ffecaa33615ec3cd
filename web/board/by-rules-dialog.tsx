import { Actions, Facts, readFound, zonesOf } from '../bookings/booking-page.tsx'
import { StateBadge } from '../bookings/booking-state.tsx'
import { bookingTexts } from '../bookings/texts.ts'
import { t, withTexts } from '../i18n.ts'
import { useQuery } from '../query.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Loaded } from '../ui/state.tsx'

interface ByRulesDialogProps {
  id: string
  close: () => void
  done: () => Promise<void>
}

/** A booking under rules, opened from the board: who has it, and what can be done about it. */
function ByRulesDialog({ id, close, done }: ByRulesDialogProps) {
  const found = useQuery(id, () => readFound(id))
  const changed = async () => {
    await Promise.all([found.reload(), done()])
  }
  return (
    <Dialog title={found.data.value?.booking.title ?? t('booking.one')} close={close}>
      <Loaded query={found}>
        {({ booking, resources: own }) => (
          <>
            <div class="cluster">
              <StateBadge booking={booking} />
              <a class="push" href={`/bookings/${id}`}>
                {t('board.whole_page')}
              </a>
            </div>
            <Facts booking={booking} resources={own} />
            <Actions booking={booking} zones={zonesOf(own)} changed={changed} />
          </>
        )}
      </Loaded>
    </Dialog>
  )
}

export const load = () => withTexts(ByRulesDialog, bookingTexts)
