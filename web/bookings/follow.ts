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
  // What was loaded out of sight is as old as that.
  let mayMiss = document.visibilityState !== 'visible'
  whileVisible((shown) => {
    void follow(listener, { ended: shown, mayMiss })
    mayMiss = true
  }, ended)
}

interface Following {
  ended: AbortSignal
  /** Whether there were events before. */
  mayMiss: boolean
}

/** Resumes after an interruption. Ends with the signal, or with the login. */
async function follow(
  listener: (event: InventoryEvent) => void,
  { ended, mayMiss }: Following,
): Promise<void> {
  const onConnected = (isConnected: boolean) => {
    isLive.value = isConnected
    // Only now: whatever happens from here on arrives.
    if (!isConnected || !mayMiss) return
    mayMiss = false
    listener({ kind: 'reset', resource_id: undefined, allocation_id: undefined })
  }
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
