import { expect } from 'bun:test'
import type { Walk } from './document-walk.ts'

const waitMax_ms = 60_000

/** What a stream sends first; or all up to an event, as far as that comes in time. */
export async function readStream({ body }: Response, until = ''): Promise<string> {
  const reader = (body as ReadableStream<Uint8Array>).getReader()
  const timer = setTimeout(() => void reader.cancel(), waitMax_ms)
  const utf8 = new TextDecoder()
  let text = ''
  // An event may arrive in pieces.
  const isWhole = () => until === '' || text.split(until)[1]?.includes('\n\n')
  while (text === '' || !isWhole()) {
    const { value, done } = await reader.read()
    if (done) break
    text += utf8.decode(value, { stream: true })
  }
  clearTimeout(timer)
  await reader.cancel()
  return text
}

/** The events of a stream that are whole. */
export function parseEvents(text: string): { event: string; id?: string; data: unknown }[] {
  const blocks = text.split('\n\n').slice(0, -1)
  return blocks.flatMap((block) => {
    const fields = block.split('\n').map((line) => line.split(/: (.*)/s))
    const { data, event = '', id } = Object.fromEntries(fields) as Record<string, string>
    return data === undefined ? [] : [{ event, ...(id && { id }), data: JSON.parse(data) }]
  })
}

// Nothing of a walk changes what a booking says or lets a hold expire.
const unsent = ['allocation.changed', 'allocation.expired']

/** Reads all that happened from the streams: each event that is documented must have come. */
export async function checkEvents(walk: Walk): Promise<void> {
  for (const [id, from, until] of [
    ['followAllocations', '0-0', 'event: resource.returned'],
    ['followChanges', '0-0', 'event: resource.returned'],
    ['followChanges', 'nowhere', 'event: reset'],
    ['followUnread', undefined, 'event: unread'],
  ] as const) {
    const operation = walk.operations.find((it) => it.id === id)
    if (!operation) throw new Error(`There is no ${id}`)
    const headers = from === undefined ? {} : { 'last-event-id': from }
    await walk.send(operation, { headers, until })
  }
  const { documented, sent } = walk.events
  expect([...documented].filter((name) => !sent.has(name)).toSorted()).toEqual(unsent)
}
