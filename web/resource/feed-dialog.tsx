import { useSignal } from '@preact/signals'
import type { CreatedCalendar } from '../../shared/schemas/calendar.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { api, ask } from '../api.ts'
import { t } from '../i18n.ts'
import { CalendarAddress } from '../session/calendar-address.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Form, useForm } from '../ui/form.tsx'

/** A calendar feed of a resource: its address is shown once. */
export function FeedDialog({ resource, close }: { resource: Resource; close: () => void }) {
  const made = useSignal<CreatedCalendar | undefined>(undefined)
  const { id: resource_id, name } = resource
  const form = useForm(async () => {
    made.value = await ask(api.bookings.calendars.post({ name, resource_id }))
  })
  if (made.value) return <CalendarAddress calendar={made.value} close={close} />
  return (
    <Dialog title={t('resource.feed')} close={close}>
      <Form form={form} label={t('resource.feed_make')} cancel={close}>
        <p>{t('resource.feed_text', { name })}</p>
      </Form>
    </Dialog>
  )
}
