import type { DisplayNow } from '../../shared/schemas/display.ts'

/** The known state of the display. */
export interface Known {
  shown: DisplayNow | undefined
  /** When the server last responded, in milliseconds since 1970; undefined: not yet. */
  answered: number | undefined
  isGone: boolean
  /** How far the server's clock is ahead of this one, in milliseconds. */
  ahead_ms: number
}

const timeout_ms = 10_000
// Smaller differences are due to the network and the header's whole seconds.
const skewMin_ms = 30_000

/** Polls the current state. @returns polls immediately */
export function createPoll(known: Known, changed: () => void): () => Promise<void> {
  const address = location.pathname.split('/')[2] ?? ''
  const url = `/api/displays/now/${encodeURIComponent(address)}`
  let etag: string | undefined

  async function ask(): Promise<void> {
    const response = await fetch(url, {
      headers: etag === undefined ? {} : { 'if-none-match': etag },
      // The tag is kept here, but no response is stored.
      cache: 'no-store',
      signal: AbortSignal.timeout(timeout_ms),
    })
    if (response.status === 404) {
      etag = undefined
      Object.assign(known, { shown: undefined, isGone: true })
    } else if (response.ok || response.status === 304) {
      if (response.ok) known.shown = (await response.json()) as DisplayNow
      etag = response.headers.get('etag') ?? undefined
      const ahead_ms = Date.parse(response.headers.get('date') ?? '') - Date.now()
      known.ahead_ms = Math.abs(ahead_ms) > skewMin_ms ? ahead_ms : 0
      Object.assign(known, { answered: Date.now(), isGone: false })
    }
  }

  return async () => {
    // Without a response, the display ages, and says so.
    await ask().catch(() => {})
    changed()
  }
}
