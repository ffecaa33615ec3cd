import { useSignal } from '@preact/signals'
import type { Calendar, CreatedCalendar } from '../../shared/schemas/calendar.ts'
import { api, ask } from '../api.ts'
import { listTypes } from '../bookings/inventory.ts'
import { t } from '../i18n.ts'
import { useQuery } from '../query.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Choice, Field, Form, useForm } from '../ui/form.tsx'
import { RevocableRow } from '../ui/revocable-row.tsx'
import { Loaded } from '../ui/state.tsx'
import { CalendarAddress } from './calendar-address.tsx'

/** Calendar feeds: created, with the address shown once, and revoked. */
export function Calendars() {
  const list = useQuery('calendars', () => ask(api.bookings.calendars.get({ query: {} })))
  const isMaking = useSignal(false)
  const made = useSignal<CreatedCalendar | undefined>(undefined)
  return (
    <>
      <p class="soft">{t('calendars.about')}</p>
      <Loaded query={list}>
        {(calendars) =>
          calendars.length > 0 && (
            <ul class="rows">
              {calendars.map((calendar) => (
                <Row key={calendar.id} calendar={calendar} reload={() => void list.reload()} />
              ))}
            </ul>
          )
        }
      </Loaded>
      <p>
        <button type="button" onClick={() => (isMaking.value = true)}>
          {t('calendars.new')}
        </button>
      </p>
      {isMaking.value && (
        <NewCalendar
          close={() => (isMaking.value = false)}
          done={(calendar) => {
            isMaking.value = false
            made.value = calendar
            void list.reload()
          }}
        />
      )}
      {made.value && (
        <CalendarAddress calendar={made.value} close={() => (made.value = undefined)} />
      )}
    </>
  )
}

function Row({ calendar, reload }: { calendar: Calendar; reload: () => void }) {
  const { id, name, last_read } = calendar
  const revoke = () => ask(api.bookings.calendars({ id }).delete())
  return <RevocableRow name={name} lastUsed={last_read} revoke={revoke} reload={reload} />
}

interface NewCalendarProps {
  close: () => void
  done: (calendar: CreatedCalendar) => void
}

function NewCalendar({ close, done }: NewCalendarProps) {
  const types = useQuery('types', listTypes)
  const fields = useSignal({ name: t('calendars.mine'), type: '' })
  const { name, type } = fields.value
  const form = useForm(async () => {
    done(await ask(api.bookings.calendars.post({ name: name.trim(), ...(type && { type }) })))
  })
  const options = (types.data.value ?? []).map((it) => ({ value: it.name, label: it.plural }))
  const choose = (value: string) => {
    const label = options.find((it) => it.value === value)?.label ?? t('calendars.mine')
    fields.value = { name: label, type: value }
  }
  return (
    <Dialog title={t('calendars.new')} close={close}>
      <Form form={form} label={t('calendars.new')} cancel={close}>
        <Choice
          label={t('page.bookings')}
          value={type}
          change={choose}
          options={[{ value: '', label: t('calendars.mine') }, ...options]}
        />
        <Field
          label={t('keys.name')}
          value={name}
          change={(value) => (fields.value = { name: value, type })}
          required
          maxLength={100}
        />
      </Form>
    </Dialog>
  )
}
