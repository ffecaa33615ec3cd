import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import type { Booking } from '../../shared/schemas/booking.ts'
import { isOpen, isOut } from '../bookings/booking-state.tsx'
import {
  changeShown,
  changeTagged,
  readBookingTagged,
  whoChangedBooking,
} from '../bookings/bookings.ts'
import { isChanged } from '../if-shown.ts'
import { typeOf, type TimeSpan } from '../bookings/inventory.ts'
import { CancelDialog } from '../bookings/reason-dialog.tsx'
import { readExtensionRefusal } from '../bookings/extension-refusal.ts'
import { readRefusal, type Refusal } from '../bookings/refusal.ts'
import { fitToGrid } from '../bookings/span.ts'
import { t } from '../i18n.ts'
import { hour_ms } from '../../shared/duration.ts'
import { formatTime } from '../time.ts'
import { useEdit } from '../ui/edit.tsx'
import { Elsewhere } from '../ui/elsewhere.tsx'
import { Form } from '../ui/form.tsx'
import { notify, notifyError } from '../ui/toast.tsx'
import { Chips } from './chips.tsx'
import { RefusalNotice } from './refusal-notice.tsx'
import { SpanFields } from './span-fields.tsx'
import { describeLength, describeWhen, windowOf } from './span-words.ts'

interface BookingActionsProps {
  booking: Booking
  /** Of its resources. */
  zones: readonly string[]
  changed: () => Promise<void>
}

const labels = { change: 'book.change', extend: 'book.extend', cancel: 'book.cancel' } as const
type Action = keyof typeof labels

/** The owner's actions on a booking that is not over. */
export function BookingActions({ booking, zones, changed }: BookingActionsProps) {
  const action = useSignal<Action | undefined>(undefined)
  const isOver = Date.parse(booking.to) <= Date.now()
  // A checked-out booking can be extended, even when overdue; it is returned elsewhere.
  const actions: Action[] = isOut(booking) ? ['extend'] : ['change', 'extend', 'cancel']
  if (!isOpen(booking) || (isOver && !isOut(booking))) return null
  const toggle = (wanted: Action) => (action.value = action.value === wanted ? undefined : wanted)
  const close = () => (action.value = undefined)
  const done = async () => {
    close()
    await changed()
  }
  return (
    <>
      <div class="actions-row">
        {actions.map((name) => (
          <button
            key={name}
            type="button"
            aria-expanded={action.value === name}
            onClick={() => toggle(name)}
          >
            {t(labels[name])}
          </button>
        ))}
      </div>
      {action.value === 'change' && <Move {...{ booking, zones, done }} />}
      {action.value === 'extend' && <Extend {...{ booking, done }} />}
      {action.value === 'cancel' && <CancelDialog {...{ booking, close, done }} />}
    </>
  )
}

const longerBy_ms = [0.5 * hour_ms, hour_ms, 2 * hour_ms]

interface MoveProps {
  booking: Booking
  done: () => Promise<void>
}

/** Another time; a refusal is shown with the nearest available one. */
function Move({ booking, zones, done }: MoveProps & { zones: readonly string[] }) {
  const refusal = useSignal<Refusal | undefined>(undefined)
  const { form, fields, set } = useEdit<Booking, TimeSpan>({
    of: booking,
    read: readBookingTagged,
    toFields: (shown = booking) => windowOf(shown),
    words: ({ from, to }) => [
      [t('booking.from'), formatTime(from)],
      [t('book.until'), formatTime(to)],
    ],
    send: async (span, tagged) => {
      refusal.value = undefined
      const { from, to } = await fit(booking, span)
      try {
        const body = { from: from.toISOString(), to: to.toISOString() }
        const moved = await changeTagged(booking, body, tagged)
        notify(t('book.moved', { when: describeWhen(windowOf(moved)) }))
        await done()
      } catch (error) {
        refusal.value = readRefusal(error)
        if (!refusal.value) throw error
      }
    },
    by: whoChangedBooking,
  })
  const element = useRef<HTMLDivElement>(null)
  const take = (nearest: TimeSpan) => {
    set(nearest)
    element.current?.querySelector('form')?.requestSubmit()
  }
  return (
    <div class="stack" aria-busy={form.busy} ref={element}>
      <Form form={form} label={t('book.move')}>
        <SpanFields span={fields.value} change={set} />
        <Elsewhere span={fields.value} zones={zones} />
      </Form>
      {refusal.value && <RefusalNotice refusal={refusal.value} take={take} />}
    </div>
  )
}

/** Only its end moves later: the start may have begun. */
function Extend({ booking, done }: MoveProps) {
  const refusal = useSignal<Refusal | undefined>(undefined)
  const busy = useSignal(false)
  const endAt = async (wanted: TimeSpan) => {
    if (busy.value) return
    busy.value = true
    refusal.value = undefined
    let { to } = wanted
    try {
      to = (await fit(booking, wanted)).to
      const moved = await changeShown(booking, { to: to.toISOString() })
      notify(t('book.moved', { when: describeWhen(windowOf(moved)) }))
      await done()
    } catch (error) {
      refusal.value = await readExtensionRefusal(error, { booking, wanted: to })
      if (!refusal.value) notifyError(error)
      if (isChanged(error)) await done()
    } finally {
      busy.value = false
    }
  }
  const { from, to } = windowOf(booking)
  return (
    <div class="stack" aria-busy={busy.value}>
      <Chips
        label={t('book.extend')}
        options={longerBy_ms.map((length_ms) => ({
          label: `+ ${describeLength(length_ms)}`,
          choose: () => void endAt({ from, to: new Date(to.getTime() + length_ms) }),
        }))}
      />
      {refusal.value && (
        <RefusalNotice refusal={refusal.value} take={(nearest) => void endAt(nearest)} />
      )}
    </div>
  )
}

/** Whole slots, if the type has them. */
async function fit({ items: [first] }: Booking, span: TimeSpan): Promise<TimeSpan> {
  return first ? fitToGrid(span, await typeOf(first)) : span
}
