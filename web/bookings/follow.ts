import { signal } from '@preact/signals'
import { campus } from '../campus.ts'

export interface InventoryEvent {
  /** `allocation.created`, `resource.decommissioned`, …; `reset`: reload everything. */
  kind: string
  /** Undefined with `reset`. */
  resource_id: string | undefined
  allocation_id: string | undefined
}

/** Whether other people's changes currently arrive. */
export const isLive = signal(false)

/**
 * Follows events of bookings, until the signal aborts or the login ends. Resumes after an
 * interruption.
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
    // Nobody follows any more, or the login ended.
  }
}
