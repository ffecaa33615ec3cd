import { isBefore, toEventId, type InventoryEvent, type Position, type Start } from './event-log.ts'

/** Which events a reader wants; all of what is left out. */
export interface EventFilter {
  type?: string | undefined
  resource_id?: string | undefined
}

/** Tells what of a batch a reader gets: what he wants of it, after where he is. */
export type Bulletin = (filter: EventFilter, after: Position) => Uint8Array

/**
 * Writes a batch of events, in order, as server-sent events (WHATWG HTML, section 9.2): once, for
 * however many readers. Those who want the same get the same bytes.
 */
export function writeBulletin(epoch: string, batch: InventoryEvent[]): Bulletin {
  const texts = batch.map((event) => toText(toEventId(epoch, event), event))
  const written = new Map<string, Uint8Array>()
  return ({ type, resource_id }, after) => {
    const first = batch.findIndex((event) => isBefore(after, event))
    const key = JSON.stringify([first, type, resource_id])
    const known = written.get(key)
    if (known) return known
    const wanted = texts.filter((_, at) => {
      const event = batch[at] as InventoryEvent
      const isNews = first !== -1 && at >= first
      const isOfType = (type ?? event.resource_type) === event.resource_type
      return isNews && isOfType && (resource_id ?? event.resource_id) === event.resource_id
    })
    const bytes = encoder.encode(wanted.join(''))
    written.set(key, bytes)
    return bytes
  }
}

/** Tells a reader to read everything again; he goes on from here. */
export function writeReset({ epoch, at }: Start): Uint8Array {
  return encoder.encode(toText(toEventId(epoch, at), { kind: 'reset', data: { detail } }))
}

function toText(id: string, { kind, data }: Pick<InventoryEvent, 'kind' | 'data'>): string {
  return `id: ${id}\nevent: ${kind}\ndata: ${JSON.stringify(data)}\n\n`
}

const detail = 'Where you were is not known here anymore. Read everything again, then follow.'

const encoder = new TextEncoder()
