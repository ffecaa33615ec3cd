import type { CreatedCalendar } from '../../shared/schemas/calendar.ts'
import { t } from '../i18n.ts'
import { LinkBox } from '../people/link-box.tsx'
import { Dialog } from '../ui/dialog.tsx'

interface CalendarAddressProps {
  calendar: CreatedCalendar
  close: () => void
}

/** The only time the address is shown. */
export function CalendarAddress({ calendar, close }: CalendarAddressProps) {
  const link = new URL(calendar.url, location.origin).href
  return (
    <Dialog title={calendar.name} close={close}>
      <p>
        <a href={link.replace(/^https?/, 'webcal')}>{t('calendars.open')}</a>
      </p>
      <LinkBox link={link} text={t('keys.shown_once')} close={close} />
    </Dialog>
  )
}
