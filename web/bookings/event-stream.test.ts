import { describe, expect, it } from 'bun:test'
import { readEvents } from './event-stream.ts'

async function read(...chunks: string[]) {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk))
      controller.close()
    },
  })
  return Array.fromAsync(readEvents(body))
}

describe('server-sent events', () => {
  it('are read whole, wherever the network cut them', async () => {
    const events = await read(
      'retry: 2000\n\n: beat\n\nid: 1-2\neve',
      'nt: a.b\ndata: {"x"',
      ':1}\n\n',
    )
    expect(events).toEqual([{ id: '1-2', event: 'a.b', data: '{"x":1}' }])
  })

  it('may have several lines of data and no name', async () => {
    expect(await read('data: a\ndata:b\n\n')).toEqual([{ id: '', event: 'message', data: 'a\nb' }])
  })

  it('that are not finished are not told', async () => {
    expect(await read('id: 1\ndata: half\n')).toEqual([])
  })
})
