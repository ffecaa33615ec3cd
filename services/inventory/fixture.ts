import type { Allocation, Audit } from '../../shared/schemas/allocation.ts'
import type { Problem } from '../../shared/schemas/problem.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import type { MakeDatabase } from '../../shared/testing/describe-stores.ts'
import { useSystem } from '../testing/use-system.ts'

/** One system for all tests of a file; each test uses resources of its own. */
export function useInventory(makeDatabase: MakeDatabase) {
  const { call, system } = useSystem(makeDatabase)
  let made = 0

  async function add(type = 'cars'): Promise<string> {
    const { body } = await call<Resource>('POST', `/api/${type}`, {
      body: { name: `No. ${++made}` },
    })
    return `/api/${type}/${body.id}`
  }

  return {
    call,
    /** Creates a resource and returns its path. */
    add,
    book: (resource: string, from: string, to: string) =>
      call<Allocation & Omit<Problem, 'status'>>('POST', `${resource}/allocations`, {
        body: { from_datetime: from, to_datetime: to },
      }),
    audit: async () => (await call<Audit>('GET', '/api/allocations/audit')).body,
    system,
  }
}

/** A time on 1 March 2027. */
export const at = (time: string) => `2027-03-01T${time.padEnd(8, ':00')}.000Z`

export interface ReceivedEvent {
  id: string
  event: string
  data: { resource_id: string; allocation_id?: string; from_datetime?: string }
}

/** Reads `count` events from a stream of server-sent events, then closes it. */
export async function receive(response: Response, count: number): Promise<ReceivedEvent[]> {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  const decoder = new TextDecoder()
  let text = ''
  let events: ReceivedEvent[] = []
  while (events.length < count) {
    const { value, done } = await reader.read()
    if (done) break
    text += decoder.decode(value, { stream: true })
    events = text
      .split('\n\n')
      .slice(0, -1)
      .filter((block) => block.includes('\ndata:'))
      .map(toEvent)
  }
  await reader.cancel()
  return events.slice(0, count)
}

function toEvent(block: string): ReceivedEvent {
  const [id = '', event = '', data = ''] = block
    .split('\n')
    .map((line) => line.replace(/^\w+: /, ''))
  return { id, event, data: JSON.parse(data) as ReceivedEvent['data'] }
}
