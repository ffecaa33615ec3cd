import type { LoadOrder } from './load.ts'

/** What a load sends. */
export interface Requests {
  /** The next one, at random. */
  make: () => string
  /** A request that follows a 201 and counts with it; undefined: none. */
  follow?: (answer: string) => string
}

// One-minute spans in a century, at random: of 100,000 on one resource 0.2 % collide.
const firstDay = Date.parse('2030-01-01T00:00:00Z')
const days = Array.from({ length: 36_525 }, (_, day) =>
  new Date(firstDay + day * 86_400_000).toISOString().slice(0, 11),
)
const minutes = Array.from({ length: 1440 }, (_, minute) =>
  new Date(firstDay + minute * 60_000).toISOString().slice(11),
)
const perBundle = 3

/** The requests of an order. All of one order are equally long. */
export function createRequests({ url, paths, authorization, what }: LoadOrder): Requests {
  const toHead = (path: string, length: number) =>
    `POST ${path} HTTP/1.1\r\nHost: ${new URL(url).host}\r\nContent-Type: application/json\r\n` +
    (authorization ? `Authorization: ${authorization}\r\n` : '') +
    `Content-Length: ${length}\r\n\r\n`

  function toMake(targets: readonly string[], toMore = () => ''): () => string {
    const { length } = writeBody(toMore())
    const heads = targets.map((path) => toHead(path, length))
    return () => heads[pick(heads.length)] + writeBody(toMore())
  }

  switch (what) {
    case 'any-of':
      return {
        make: toMake(['/api/allocations'], () => ',"items":[{"type":"Car"}]'),
      }
    case 'bundle': {
      const items = paths.map((path) => `{"resource_id":"${path.split('/')[3]}"}`)
      // Neighbours, so that none appears twice.
      const toItems = (first: number) =>
        Array.from({ length: perBundle }, (_, at) => items[(first + at) % items.length]).join()
      const toMore = () => `,"items":[${toItems(pick(items.length))}]`
      return { make: toMake(['/api/allocations'], toMore) }
    }
    case 'hold':
      return {
        make: toMake(paths, () => ',"hold_for":"PT15M"'),
        follow: (answer) => {
          const id = /"id":"([^"]+)"/.exec(answer)?.[1]
          return toHead(`/api/allocations/${id}/confirm`, 0)
        },
      }
    case 'booking': {
      const items = paths.map((path) => `{"resource_id":"${path.split('/')[3]}"}`)
      const write = () => writeBooking(items[pick(items.length)] ?? '')
      const head = toHead('/api/bookings', write().length)
      return { make: () => head + write() }
    }
    default:
      return { make: toMake(paths) }
  }
}

// Within opening hours.
const [firstMinute, lastMinute] = [8 * 60, 20 * 60]

function writeBooking(item: string): string {
  const minute = firstMinute + pick(lastMinute - firstMinute)
  const [from, to] = pickSpan(minute)
  return `{"from":"${from}","to":"${to}","title":"bench","items":[${item}]}`
}

function pickSpan(minute: number): [from: string, to: string] {
  const day = days[pick(days.length)]
  return [`${day}${minutes[minute]}`, `${day}${minutes[minute + 1]}`]
}

function writeBody(more: string): string {
  const [from, to] = pickSpan(pick(minutes.length - 1))
  return `{"from_datetime":"${from}","to_datetime":"${to}","description":"bench"${more}}`
}

function pick(count: number): number {
  return Math.floor(Math.random() * count)
}
