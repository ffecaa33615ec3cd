export interface StreamEvent {
  id: string
  event: string
  data: string
}

/**
 * Reads server-sent events (WHATWG HTML, section 9.2.6). One without data only says where the
 * reader stands.
 * @param heard is called for whatever arrives, heartbeats included
 */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
  heard: () => void = () => {},
): AsyncGenerator<StreamEvent> {
  const reader = body.pipeThrough(new TextDecoderStream() as never).getReader()
  let rest = ''
  try {
    for (;;) {
      const { done, value } = (await reader.read()) as { done: boolean; value?: string }
      if (done) return
      heard()
      const blocks = (rest + value).replaceAll('\r\n', '\n').split('\n\n')
      rest = blocks.pop() ?? ''
      for (const block of blocks) {
        const event = parseEvent(block)
        if (event.data || event.id) yield event
      }
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}

function parseEvent(block: string): StreamEvent {
  const event = { id: '', event: 'message', data: '' }
  for (const line of block.split('\n')) {
    const [, name = '', value = ''] = /^([^:]+):? ?(.*)$/.exec(line) ?? []
    if (name === 'data') event.data += (event.data && '\n') + value
    else if (name === 'id' || name === 'event') event[name] = value
  }
  return event
}
