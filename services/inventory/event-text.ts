import { isBefore, toEventId, type Position } from '../../shared/event-position.ts'
import { isAdministrator } from '../../shared/access.ts'
import { isVisible, type Viewer } from './visibility.ts'
import { type InventoryEvent, type Start } from './event-log.ts'

/** The filter of a reader; fields left out match everything. */
export interface EventFilter {
  type?: string | undefined
  resource_id?: string | undefined
}

/** A reader: its filter, its user and its position. */
export interface Reading {
  filter: EventFilter
  viewer: Viewer
  at: Position
}

/**
 * Selects a reader's part of a batch: visible to it, matching its filter, and after its position.
 */
export type Bulletin = (reading: Reading) => Uint8Array

/**
 * Encodes a batch of events, in order, as server-sent events (WHATWG HTML, section 9.2): once for
 * all readers. Readers with the same filter share the bytes.
 */
export function writeBulletin(epoch: string, batch: InventoryEvent[]): Bulletin {
  const texts = batch.map((event) => toText(toEventId(epoch, event), event))
  const written = new Map<string, Uint8Array>()
  const isRestricted = batch.some(({ visible_to }) => visible_to !== null)
  return ({ filter: { type, resource_id }, viewer, at: after }) => {
    const first = batch.findIndex((event) => isBefore(after, event))
    const sight = isRestricted && [isAdministrator(viewer), viewer.groups]
    const key = JSON.stringify([first, type, resource_id, sight])
    const known = written.get(key)
    if (known) return known
    const wanted = texts.filter((_, at) => {
      const event = batch[at] as InventoryEvent
      const isNews = first !== -1 && at >= first
      const isOfType = (type ?? event.resource_type) === event.resource_type
      const isOfResource = (resource_id ?? event.resource_id) === event.resource_id
      return isNews && isOfType && isOfResource && isVisible(viewer, event)
    })
    const bytes = encoder.encode(wanted.join(''))
    written.set(key, bytes)
    return bytes
  }
}

/** Tells a reader to reload everything, then follow from here. */
export function writeReset({ epoch, at }: Start): Uint8Array {
  return encoder.encode(toText(toEventId(epoch, at), { kind: 'reset', data: { detail } }))
}

/** A reader's position before the first event, to resume from. */
export function writePosition({ epoch, at }: Start): Uint8Array {
  return encoder.encode(`id: ${toEventId(epoch, at)}\n\n`)
}

function toText(id: string, { kind, data }: Pick<InventoryEvent, 'kind' | 'data'>): string {
  return `id: ${id}\nevent: ${kind}\ndata: ${JSON.stringify(data)}\n\n`
}

const detail = 'Your position is no longer known. Reload everything, then follow.'

const encoder = new TextEncoder()
