/** The receiving end of one reader. */
export interface Sink {
  /** Sends encoded events. Many readers may share the bytes. */
  send: (events: Uint8Array) => void
  /** Resolves when the reader has received everything sent so far, or has disconnected. */
  whenTaken: () => Promise<void>
}

export interface Subscription {
  /** Ends the stream when the client leaves or the process stops. */
  signal: AbortSignal
  /** Starts sending to the sink; returns a function that stops. */
  subscribe: (sink: Sink) => Promise<() => void>
  /** Called when the stream has ended, even if it never started. */
  ended: () => void
}

// Proxies and Bun itself close connections that are idle for 30 s.
const heartbeatEvery_ms = 15_000
// A browser that lost its connection reconnects after this long.
const retry_ms = 2000
// Beyond the kernel's socket buffer. A reader this far behind, some 800 events, hangs or is gone:
// it is disconnected, and can resume.
const unreadMax_bytes = 256 * 1024
const lookEvery_ms = 20

/**
 * Responds with server-sent events (WHATWG HTML, section 9.2). The response starts once the
 * subscription is active, so everything that happens afterwards is in the stream.
 */
export async function eventStream(options: Subscription): Promise<Response> {
  const { signal, subscribe } = options
  let unread: Uint8Array[] = []
  let unread_bytes = 0
  const ended = new AbortController()
  const end = () => ended.abort()
  const opened = Promise.withResolvers<ReadableStreamDefaultController<Uint8Array>>()
  const body = new ReadableStream<Uint8Array>({
    start: opened.resolve,
    pull: sendRest,
    cancel: end,
  })
  const controller = await opened.promise

  function send(bytes: Uint8Array) {
    if (ended.signal.aborted || bytes.length === 0) return
    if (unread.length === 0 && (controller.desiredSize ?? 0) > 0) return controller.enqueue(bytes)
    unread.push(bytes)
    unread_bytes += bytes.length
    if (unread_bytes > unreadMax_bytes) close()
  }

  function sendRest() {
    if (unread.length === 0) return
    controller.enqueue(Buffer.concat(unread))
    unread = []
    unread_bytes = 0
  }

  function close() {
    if (ended.signal.aborted) return
    end()
    unread = []
    controller.close()
  }

  async function whenTaken() {
    do await Bun.sleep(unread.length === 0 ? 0 : lookEvery_ms)
    while (unread.length > 0 && !ended.signal.aborted)
  }

  send(greeting)
  const heartbeat = setInterval(() => send(silence), heartbeatEvery_ms)
  ended.signal.addEventListener('abort', () => {
    clearInterval(heartbeat)
    options.ended()
  })
  signal.addEventListener('abort', close, { signal: ended.signal })
  const stop = await subscribe({ send, whenTaken }).catch((error: unknown) => {
    end()
    throw error
  })
  if (signal.aborted) close()
  if (ended.signal.aborted) stop()
  else ended.signal.addEventListener('abort', stop)
  return new Response(body, {
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' },
  })
}

const encoder = new TextEncoder()
const greeting = encoder.encode(`retry: ${retry_ms}\n\n`)
const silence = encoder.encode(': heartbeat\n\n')
