import { signal } from '@preact/signals'
import { requireOk } from '../api.ts'
import { authorizedFetch } from '../session/token.ts'
import { readEvents } from './event-stream.ts'

export interface InventoryEvent {
  /** `allocation.created`, `resource.decommissioned`, …; `reset`: read everything again. */
  kind: string
  /** Undefined with `reset`. */
  resource_id: string | undefined
  allocation_id: string | undefined
}

/** Whether other people's changes arrive at this moment. */
export const isLive = signal(false)

// First try again soon, then with patience.
const retryMin_ms = 1000
const retryMax_ms = 30_000
// The server sends a heartbeat every 15 s; two of them missing mean a dead connection.
const silenceMax_ms = 35_000

/**
 * Tells what happens to bookings as it happens, until the signal aborts. After a break it goes on
 * where it stopped. A plain EventSource cannot send the token, hence `fetch`.
 */
export async function followInventory(
  listener: (event: InventoryEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  let last: string | undefined
  let retry_ms = retryMin_ms
  while (!signal.aborted) {
    const silence = new AbortController()
    let timer = 0
    const heard = () => {
      clearTimeout(timer)
      timer = setTimeout(() => silence.abort(), silenceMax_ms) as unknown as number
    }
    try {
      heard()
      const response = await authorizedFetch('/api/allocations/events', {
        headers: last ? { 'last-event-id': last } : {},
        signal: AbortSignal.any([signal, silence.signal]),
      })
      await requireOk(response)
      isLive.value = true
      retry_ms = retryMin_ms
      if (!response.body) return
      for await (const { id, event, data } of readEvents(response.body, heard)) {
        last = id || last
        if (!data) continue
        const { resource_id, allocation_id } = JSON.parse(data) as Partial<InventoryEvent>
        listener({ kind: event, resource_id, allocation_id })
      }
    } catch {
      // away; tried again below
    }
    clearTimeout(timer)
    isLive.value = false
    await pause(retry_ms, signal)
    retry_ms = Math.min(retry_ms * 2, retryMax_ms)
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
