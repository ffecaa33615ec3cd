/** One of a stream of server-sent events (WHATWG HTML, section 9.2). */
export interface AnyEvent {
  /** Such as `allocation.created`; `reset`: events are missing, reload everything. */
  type: string
  data: unknown
  /** Go on after it with `lastEventId`. */
  id: string | undefined
}

interface Listener {
  /** Told where the reader stands, also before the first event. */
  stand: (id: string) => void
  /** Called for whatever arrives, heartbeats too. */
  heard: () => void
}

/** Reads events from the body of a response until it ends. */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
  { stand, heard }: Listener,
): AsyncGenerator<AnyEvent> {
  let event: { type: string; data: string[]; id: string | undefined } = none()
  for await (const line of readLines(body, heard)) {
    if (line === '') {
      if (event.id !== undefined) stand(event.id)
      if (event.data.length > 0) yield { ...event, data: JSON.parse(event.data.join('\n')) }
      event = none()
      continue
    }
    const [, name = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? []
    if (name === 'data') event.data.push(value)
    else if (name === 'event') event.type = value
    else if (name === 'id') event.id = value
  }
}

const none = () => ({ type: 'message', data: [] as string[], id: undefined })

async function* readLines(
  body: ReadableStream<Uint8Array>,
  heard: () => void,
): AsyncGenerator<string> {
  const reader = body.getReader()
  const utf8 = new TextDecoder()
  let rest = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      heard()
      // A line may end in two characters, of which only the first is here.
      const lines = (rest + utf8.decode(value, { stream: true })).split(/\r\n|\n|\r(?!$)/)
      rest = lines.pop() ?? ''
      yield* lines
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}
