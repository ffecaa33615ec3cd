export interface ServerEvent {
  id: string
  event: string
  data: unknown
}

export interface Subscription {
  /** Ends the stream when the client leaves or the process stops. */
  signal: AbortSignal
  /** Is given `send`; returns how to stop. */
  subscribe: (send: (event: ServerEvent) => void) => Promise<() => void>
}

// Proxies and Bun itself close a connection that is silent for 30 s.
const heartbeatEvery_ms = 15_000
// A browser that lost the connection comes back after this long.
const retry_ms = 2000
// A reader this far behind is gone or stuck; closing lets it resume where it was.
const unreadMax = 1000

/**
 * Answers with server-sent events (WHATWG HTML, section 9.2). The answer begins when the
 * subscription stands, so whatever happens after it is in the stream.
 */
export async function eventStream({ signal, subscribe }: Subscription): Promise<Response> {
  const ended = new AbortController()
  const end = () => ended.abort()
  const opened = Promise.withResolvers<ReadableStreamDefaultController<Uint8Array>>()
  const body = new ReadableStream<Uint8Array>({ start: opened.resolve, cancel: end })
  const controller = await opened.promise

  function close() {
    if (ended.signal.aborted) return
    end()
    controller.close()
  }
  function write(text: string) {
    if (ended.signal.aborted) return
    controller.enqueue(encoder.encode(text))
    if ((controller.desiredSize ?? 0) < -unreadMax) close()
  }

  write(`retry: ${retry_ms}\n\n`)
  const heartbeat = setInterval(() => write(': heartbeat\n\n'), heartbeatEvery_ms)
  ended.signal.addEventListener('abort', () => clearInterval(heartbeat))
  signal.addEventListener('abort', close, { signal: ended.signal })
  const stop = await subscribe((event) => write(toText(event)))
  if (ended.signal.aborted) stop()
  else ended.signal.addEventListener('abort', stop)
  return new Response(body, {
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' },
  })
}

const encoder = new TextEncoder()

function toText({ id, event, data }: ServerEvent): string {
  return `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}
