import { signal } from '@preact/signals'
import { campus } from '../campus.ts'
import { whileVisible } from '../while-visible.ts'

export interface InventoryEvent {
  /** `allocation.created`, `resource.decommissioned`, …; `reset`: reload everything. */
  kind: string
  /** Undefined with `reset`. */
  resource_id: string | undefined
  allocation_id: string | undefined
}

/** Whether other people's changes currently arrive. */
export const isLive = signal(false)

/** Follows events of bookings while the page can be seen, until the signal aborts. */
export function followInventory(
  listener: (event: InventoryEvent) => void,
  ended: AbortSignal,
): void {
  let isFirst = true
  whileVisible((shown) => {
    // It may have missed some.
    if (!isFirst) listener({ kind: 'reset', resource_id: undefined, allocation_id: undefined })
    isFirst = false
    void follow(listener, shown)
  }, ended)
}

/** Resumes after an interruption. Ends with the signal, or with the login. */
async function follow(listener: (event: InventoryEvent) => void, ended: AbortSignal) {
  const onConnected = (isConnected: boolean) => (isLive.value = isConnected)
  const events = campus.follow('/api/allocations/events', { signal: ended, onConnected })
  try {
    for await (const { type: kind, data } of events) {
      const { resource_id, allocation_id } = data as Partial<InventoryEvent>
      listener({ kind, resource_id, allocation_id })
    }
  } catch {
    // Nobody follows any more, or the login ended.
  }
}
