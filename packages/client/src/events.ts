import type { Streams } from './streams.ts'

/** The paths of streams. */
export type StreamPath = keyof Streams

type ToEvent<Sent> = Sent extends { event: infer Type; data: infer Data }
  ? {
      /** Such as `allocation.created`; `reset`: events are missing, reload everything. */
      type: Type
      data: Data
      /** Go on after it with `lastEventId`. */
      id: string | undefined
    }
  : never

/** One of a stream of server-sent events (WHATWG HTML, section 9.2). */
export type CampusEvent<P extends StreamPath = StreamPath> = ToEvent<Streams[P]>

/** The same before anybody knows of which stream. */
export interface AnyEvent {
  type: string
  data: unknown
  id: string | undefined
}

/**
 * Reads events from the body of a response until it ends.
 * @param stand is told where the reader stands, also before the first event
 */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
  stand: (id: string) => void,
): AsyncGenerator<AnyEvent> {
  let event: { type: string; data: string[]; id: string | undefined } = none()
  for await (const line of readLines(body)) {
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

async function* readLines(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader()
  const utf8 = new TextDecoder()
  let rest = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      const lines = (rest + utf8.decode(value, { stream: true })).split(/\r\n|\n|\r/)
      rest = lines.pop() ?? ''
      yield* lines
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}
