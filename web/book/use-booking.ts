import { useSignal, type Signal } from '@preact/signals'
import type { WantedItem } from '../../shared/schemas/booking.ts'
import type { ResourceType } from '../../shared/schemas/resource-type.ts'
import { createBooking, lookAhead } from '../bookings/bookings.ts'
import type { TimeSpan } from '../bookings/inventory.ts'
import { readRefusal, type Refusal } from '../bookings/refusal.ts'
import { bookPath } from '../pages.ts'
import { useQuery } from '../query.ts'
import { navigate } from '../router.ts'
import { notifyError } from '../ui/toast.tsx'
import { useRepeatKey } from './use-repeat-key.ts'
import { keepUsual } from './usual.ts'

interface Wish {
  type: ResourceType
  span: TimeSpan
  /** Any of the type shown. */
  anyOne: WantedItem
  title: Signal<string>
}

/** Books, or shows why not; for a type with rules, before anything is tapped. */
export function useBooking({ type, span, anyOne, title }: Wish) {
  const refused = useSignal<Refusal | undefined>(undefined)
  const busy = useSignal(false)
  const item = useSignal<WantedItem | undefined>(undefined)
  const optionsOf = useRepeatKey()
  const toBody = (wanted: WantedItem, { from, to }: TimeSpan) => ({
    items: [wanted],
    from: from.toISOString(),
    to: to.toISOString(),
    title: title.value.trim() || type.name,
  })
  const key = `outlook ${JSON.stringify(anyOne)} ${span.from.getTime()} ${span.to.getTime()}`
  const ahead = useQuery(key, async () =>
    type.managed_by === null ? undefined : lookAhead(toBody(anyOne, span)),
  )

  const send = async (wanted: WantedItem, at: TimeSpan) => {
    if (busy.value) return
    busy.value = true
    refused.value = undefined
    item.value = wanted
    const body = toBody(wanted, at)
    try {
      const { id } = await createBooking(body, optionsOf(body))
      keepUsual({ type: type.name, length_ms: at.to.getTime() - at.from.getTime() })
      navigate(`${bookPath}/${id}?made=true`, { replace: true })
    } catch (error) {
      refused.value = readRefusal(error)
      if (!refused.value) notifyError(error)
    } finally {
      busy.value = false
    }
  }
  const book = (wanted: WantedItem) => void send(wanted, span)
  const foreseen = readRefusal(ahead.error.value)
  return {
    book,
    /** Books what was chosen at another time. */
    take: (at: TimeSpan) => void send(item.value ?? anyOne, at),
    takePeer: (id: string) => book({ resource_id: id }),
    // The list already says that none is free.
    refusal: refused.value ?? (foreseen?.isTaken ? undefined : foreseen),
    outlook: ahead.data.value?.state,
    isBusy: busy.value,
  }
}
