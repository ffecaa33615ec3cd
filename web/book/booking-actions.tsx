import { useSignal } from '@preact/signals'
import type { Booking, BookingChange } from '../../shared/schemas/booking.ts'
import { isOpen, isOut } from '../bookings/booking-state.tsx'
import { changeShown } from '../bookings/bookings.ts'
import { isChanged } from '../if-shown.ts'
import { typeOf, type Window } from '../bookings/inventory.ts'
import { CancelDialog } from '../bookings/reason-dialog.tsx'
import { readRefusal, type Refusal } from '../bookings/refusal.ts'
import { fitToGrid } from '../bookings/span.ts'
import { t } from '../i18n.ts'
import { hour_ms } from '../time.ts'
import { notify, notifyError } from '../ui/toast.tsx'
import { Chips } from './chips.tsx'
import { RefusalNotice } from './refusal-notice.tsx'
import { SpanFields } from './span-fields.tsx'
import { describeLength, describeWhen, windowOf } from './span-words.ts'

interface BookingActionsProps {
  booking: Booking
  changed: () => Promise<void>
}

const labels = { change: 'book.change', extend: 'book.extend', cancel: 'book.cancel' } as const
type Action = keyof typeof labels

/** The owner's actions on a booking that is not over. */
export function BookingActions({ booking, changed }: BookingActionsProps) {
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
      {(action.value === 'change' || action.value === 'extend') && (
        <Move
          key={action.value}
          booking={booking}
          isLonger={action.value === 'extend'}
          done={done}
        />
      )}
      {action.value === 'cancel' && <CancelDialog {...{ booking, close, done }} />}
    </>
  )
}

const longerBy_ms = [0.5 * hour_ms, hour_ms, 2 * hour_ms]

interface MoveProps {
  booking: Booking
  /** Whether only its end moves later. */
  isLonger: boolean
  done: () => Promise<void>
}

/** Another time; a refusal is shown with the nearest available one. */
function Move({ booking, isLonger, done }: MoveProps) {
  const span = useSignal(windowOf(booking))
  const refusal = useSignal<Refusal | undefined>(undefined)
  const busy = useSignal(false)
  const send = async (change: BookingChange) => {
    if (busy.value) return
    busy.value = true
    refusal.value = undefined
    try {
      const moved = await changeShown(booking, change)
      notify(t('book.moved', { when: describeWhen(windowOf(moved)) }))
      await done()
    } catch (error) {
      refusal.value = readRefusal(error)
      if (!refusal.value) notifyError(error)
      if (isChanged(error)) await done()
    } finally {
      busy.value = false
    }
  }
  const moveTo = async (wanted: Window) => {
    const { from, to } = await fit(booking, wanted)
    await send({ from: from.toISOString(), to: to.toISOString() })
  }
  // The start is unchanged, as it may have begun.
  const endAt = async (wanted: Window) => {
    const { to } = await fit(booking, wanted)
    await send({ to: to.toISOString() })
  }
  const extendBy = (length_ms: number) => {
    const { from, to } = windowOf(booking)
    void endAt({ from, to: new Date(to.getTime() + length_ms) }).catch(notifyError)
  }
  return (
    <div class="stack" aria-busy={busy.value}>
      {isLonger ? (
        <Chips
          label={t('book.extend')}
          options={longerBy_ms.map((length_ms) => ({
            label: `+ ${describeLength(length_ms)}`,
            choose: () => extendBy(length_ms),
          }))}
        />
      ) : (
        <form
          class="stack"
          onSubmit={(event) => {
            event.preventDefault()
            void moveTo(span.value).catch(notifyError)
          }}
        >
          <SpanFields span={span.value} change={(wanted) => (span.value = wanted)} />
          <button type="submit" class="primary">
            {t('book.move')}
          </button>
        </form>
      )}
      {refusal.value && (
        <RefusalNotice
          refusal={refusal.value}
          take={(nearest) => void moveTo(nearest).catch(notifyError)}
        />
      )}
    </div>
  )
}

/** Whole slots, if the type has them. */
async function fit({ items: [first] }: Booking, span: Window): Promise<Window> {
  return first ? fitToGrid(span, await typeOf(first)) : span
}
