import { unreachable } from './problem.ts'

export interface Patience {
  /** Tries of what is safe to repeat; 4 by default. */
  attempts?: number
  /** How long to wait at most because the server asks to; half a minute by default. */
  patience_ms?: number
}

interface RetryOptions extends Patience {
  /** Whether it may have been done although no response came. */
  isSafe: boolean
  signal?: AbortSignal | undefined
}

const pause_ms = 250

/**
 * Sends until there is an answer: again when the server asks to, after `Retry-After` (429, and 503
 * where it is safe), and where it is safe also when there was none.
 * @throws ProblemError `unreachable`, the reason of the signal
 */
export async function retry(
  send: () => Promise<Response>,
  { attempts = 4, patience_ms = 30_000, isSafe, signal }: RetryOptions,
): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    const isLast = attempt >= attempts
    let wait_ms = Math.random() * pause_ms * 2 ** attempt
    try {
      const response = await send()
      const isRefused = response.status === 429 || (isSafe && response.status === 503)
      if (!isRefused || isLast) return response
      const asked_ms = Number(response.headers.get('retry-after') ?? 0) * 1000
      // A much longer wait is reported to the caller instead.
      if (!(asked_ms <= patience_ms)) return response
      await response.body?.cancel()
      wait_ms = Math.max(wait_ms, asked_ms)
    } catch (error) {
      signal?.throwIfAborted()
      if (!isSafe || isLast || isOffline()) throw unreachable(error)
    }
    await sleep(wait_ms, signal)
  }
}

// A browser that knows of no network need not try again; the others do not know.
function isOffline(): boolean {
  return (globalThis as { navigator?: { onLine?: boolean } }).navigator?.onLine === false
}

export function sleep(time_ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      reject(signal?.reason as Error)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, time_ms)
    if (signal?.aborted) stop()
    else signal?.addEventListener('abort', stop, { once: true })
  })
}
