import type { DisplayNow } from '../../shared/schemas/display.ts'

/** What is known of the display. */
export interface Known {
  shown: DisplayNow | undefined
  /** When the server last answered, in milliseconds since 1970; undefined: not yet. */
  answered: number | undefined
  isGone: boolean
  /** How far the clock of the server is ahead of this one, in milliseconds. */
  ahead_ms: number
}

const timeout_ms = 10_000
// Less is a matter of the network, and of the whole seconds of the header.
const skewMin_ms = 30_000

/** Asks again and again for what is shown now. @returns asks at once */
export function createPoll(known: Known, changed: () => void): () => Promise<void> {
  const address = location.pathname.split('/')[2] ?? ''
  const url = `/api/displays/now/${encodeURIComponent(address)}`
  let etag: string | undefined

  async function ask(): Promise<void> {
    const response = await fetch(url, {
      headers: etag === undefined ? {} : { 'if-none-match': etag },
      // The tag is kept here, and the answer nowhere.
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
    // Without an answer, what is shown gets old, and says so.
    await ask().catch(() => {})
    changed()
  }
}
