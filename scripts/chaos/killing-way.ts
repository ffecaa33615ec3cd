interface Point {
  /** Below `/api/reservations`. */
  step: string
  /** Before the request arrives, or after it is processed. */
  when: 'before' | 'after'
  kill: () => Promise<void>
}

interface KillingWay {
  url: string
  /** Resolves once the process was killed there. */
  killAt: (point: Point) => Promise<void>
  stop: () => Promise<void>
}

const prefix = '/api/reservations'

/**
 * A proxy between bookings and inventory that kills bookings at a step of its protocol.
 * @param target the address of inventory
 */
export function startKillingWay(target: string): KillingWay {
  let armed: (Point & { done: () => void }) | undefined

  async function killNow(pathname: string, when: Point['when']): Promise<boolean> {
    if (armed?.when !== when || pathname !== prefix + armed.step) return false
    const { kill, done } = armed
    armed = undefined
    await kill()
    done()
    return true
  }

  async function pass(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url)
    const { method, headers } = request
    const body = method === 'GET' ? null : await request.arrayBuffer()
    const isAsked = method === 'POST'
    if (isAsked && (await killNow(pathname, 'before'))) return new Response(null, { status: 502 })
    const answer = await fetch(target + pathname + search, { method, headers, body })
    if (isAsked && (await killNow(pathname, 'after'))) return new Response(null, { status: 502 })
    return answer
  }

  const server = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: pass })
  return {
    url: `http://127.0.0.1:${server.port}`,
    killAt: (point) =>
      new Promise<void>((resolve) => {
        armed = { ...point, done: resolve }
      }),
    stop: () => server.stop(true),
  }
}
