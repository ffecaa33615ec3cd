import { signal } from '@preact/signals'
import { campus } from '../campus.ts'

export interface InventoryEvent {
  /** `allocation.created`, `resource.decommissioned`, …; `reset`: read everything again. */
  kind: string
  /** Undefined with `reset`. */
  resource_id: string | undefined
  allocation_id: string | undefined
}

/** Whether other people's changes arrive at this moment. */
export const isLive = signal(false)

/**
 * Tells what happens to bookings as it happens, until the signal aborts or the login is over. After
 * a break it goes on where it stopped.
 */
export async function followInventory(
  listener: (event: InventoryEvent) => void,
  ended: AbortSignal,
): Promise<void> {
  const onConnected = (isConnected: boolean) => (isLive.value = isConnected)
  const events = campus.follow('/api/allocations/events', { signal: ended, onConnected })
  try {
    for await (const { type: kind, data } of events) {
      const { resource_id, allocation_id } = data as Partial<InventoryEvent>
      listener({ kind, resource_id, allocation_id })
    }
  } catch {
    // Nobody listens any more, or may.
  }
}
