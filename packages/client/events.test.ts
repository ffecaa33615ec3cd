import { describe, expect, it } from 'bun:test'
import { readEvents } from './src/events.ts'

async function read(...chunks: string[]) {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk))
      controller.close()
    },
  })
  const stands: string[] = []
  let heard = 0
  const listener = { stand: (id: string) => stands.push(id), heard: () => heard++ }
  return { events: await Array.fromAsync(readEvents(body, listener)), stands, heard }
}

describe('server-sent events', () => {
  it('are read completely, wherever the network splits them', async () => {
    const { events, stands, heard } = await read(
      'retry: 2000\n\n: beat\n\nid: 1-2\neve',
      'nt: a.b\ndata: {"x"',
      ':1}\n\n',
    )
    expect(events).toEqual([{ id: '1-2', type: 'a.b', data: { x: 1 } }])
    expect([stands, heard]).toEqual([['1-2'], 3])
  })

  it('may have several lines of data and no name', async () => {
    const { events } = await read('data: [1,\ndata:2]\n\n')
    expect(events).toEqual([{ id: undefined, type: 'message', data: [1, 2] }])
  })

  it('may have line ends split across chunks', async () => {
    const { events } = await read('event: a\r', '\ndata: 1\r', '\n\r', '\ndata: 2\n\n')
    expect(events.map(({ type, data }) => [type, data])).toEqual([
      ['a', 1],
      ['message', 2],
    ])
  })

  it("without data state the reader's position", async () => {
    expect(await read('id: 7\n\n')).toEqual({ events: [], stands: ['7'], heard: 1 })
  })

  it('that are incomplete are not reported', async () => {
    expect(await read('id: 1\ndata: 1\n')).toEqual({ events: [], stands: [], heard: 1 })
  })
})
