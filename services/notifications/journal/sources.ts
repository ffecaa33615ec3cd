import type { Context } from '../../../shared/context.ts'
import type { ThingOf } from '../../../shared/problem-code.ts'
import { unavailable } from '../../../shared/problem.ts'
import { toInstant } from '../../../shared/instant.ts'
import type { BookingsApi } from '../../bookings/index.ts'
import type { CoursesApi } from '../../courses/index.ts'
import type { FilesApi } from '../../files/index.ts'
import type { InventoryApi } from '../../inventory/index.ts'
import { minute_ms } from '../../../shared/duration.ts'

/** An event as a service reports it. */
export interface SourceEvent {
  /** Unique within its service. */
  id: string
  type: string
  subject: string
  happened: string
  data: object
}

/** A service whose events are read. */
export interface Source {
  name: string
  /** The polling interval. */
  every_s: number
  /** @param cursor undefined at first @throws 503 */
  readAfter: (cursor: string | undefined) => Promise<Read>
}

export interface Read {
  events: SourceEvent[]
  next: string
  /** Whether more may be available immediately. */
  more: boolean
}

// How often the cursor is stored when nothing falls due.
const moveWithin_ms = minute_ms

/** All sources of the journal. */
export function listSources({ client, clock }: Pick<Context, 'client' | 'clock'>): Source[] {
  const bookings = () => client<BookingsApi>('bookings').api.bookings
  const resources = () => client<InventoryApi>('inventory').api.resources
  const files = () => client<FilesApi>('files').api.files
  const scores = () => client<CoursesApi>('courses').api.scores

  return [
    followLog('bookings', {
      every_s: 1,
      ask: (query) => bookings().events.get({ query }),
      toEvent: ofBooking,
    }),
    followLog('inventory', {
      every_s: 1,
      ask: (query) => resources().events.get({ query }),
      toEvent: ({ kind, ...event }) => ({ ...event, type: kind }),
    }),
    followLog('courses', {
      every_s: 5,
      ask: (query) => scores().events.get({ query }),
      toEvent: ({ kind, exercise_id, ...event }) => ({
        ...event,
        type: kind,
        subject: exercise_id,
      }),
    }),
    followLog('files', {
      every_s: 5,
      ask: (query) => files().events.get({ query }),
      toEvent: ({ kind, file_hash, ...event }) => ({ ...event, type: kind, subject: file_hash }),
    }),
    {
      // Events that fall due by themselves. The cursor is a time of bookings' clock, or a page of
      // such events.
      name: 'clock',
      every_s: 5,
      readAfter: async (text) => {
        const now = toInstant(clock()) ?? ''
        const [after = now, until = now, cursor] = text?.split(' ') ?? []
        const query = { after, until, ...(cursor !== undefined && { cursor }) }
        const due = read('bookings', await bookings().due.get({ query }))
        const { events, next } = due
        const isSame = text !== undefined && next === null && events.length === 0
        if (isSame && Date.parse(due.until) - Date.parse(due.after) < moveWithin_ms) {
          return { events: [], next: text, more: false }
        }
        return {
          events: events.map(ofBooking),
          next: next === null ? due.until : `${due.after} ${due.until} ${next}`,
          more: next !== null,
        }
      },
    },
  ]
}

interface OfBooking extends Pick<SourceEvent, 'id' | 'happened' | 'data'> {
  kind: string
  booking_id: string
}

function ofBooking({ id, kind, booking_id, happened, data }: OfBooking): SourceEvent {
  return { id, type: kind, subject: booking_id, happened, data }
}

type Service = ThingOf<'_unavailable'>

interface Reply<T> {
  data: T | null
  error: unknown
}

interface EventLog<Event> {
  every_s: number
  ask: (query: { after?: string }) => Promise<Reply<{ events: Event[]; next: string }>>
  toEvent: (event: Event) => SourceEvent
}

function followLog<Event>(name: Service, { every_s, ask, toEvent }: EventLog<Event>): Source {
  return {
    name,
    every_s,
    readAfter: async (after) => {
      const { events, next } = read(name, await ask(after === undefined ? {} : { after }))
      return { events: events.map(toEvent), next, more: events.length > 0 }
    },
  }
}

function read<T>(service: Service, { data, error }: Reply<T>): T {
  if (error || data === null) {
    throw unavailable(`${service}_unavailable`, `${service} is unavailable.`)
  }
  return data
}
