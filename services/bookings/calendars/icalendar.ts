/** An event of a calendar. Times are milliseconds since 1970. */
export interface CalendarEvent {
  /** Stable, and never reused (RFC 7986 section 5.3). */
  uid: string
  /** Increases with each change. */
  sequence: number
  created: number
  revised: number
  from: number
  to: number
  summary: string
  location: string
  description: string
  status: 'TENTATIVE' | 'CONFIRMED' | 'CANCELLED'
  /** Whether it marks the calendar's user as busy. */
  isBusy: boolean
}

/** How often clients should poll, as a duration of RFC 5545 section 3.3.6. */
const refreshAfter = 'PT30M'
const lineMax_octets = 75

/**
 * Writes a calendar as RFC 5545, with the properties of RFC 7986 and their common predecessors. All
 * times are in UTC.
 * @param name of the calendar
 */
export function writeCalendar(name: string, events: readonly CalendarEvent[]): string {
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Campus//Bookings//EN',
    'CALSCALE:GREGORIAN',
    `NAME:${toText(name)}`,
    `X-WR-CALNAME:${toText(name)}`,
    `REFRESH-INTERVAL;VALUE=DURATION:${refreshAfter}`,
    `X-PUBLISHED-TTL:${refreshAfter}`,
    // A calendar has at least one component (section 3.4).
    ...(events.length === 0 ? timeZone : events.flatMap(toLines)),
    'END:VCALENDAR',
  ]
  return `${lines.map(fold).join('\r\n')}\r\n`
}

const timeZone = [
  'BEGIN:VTIMEZONE',
  'TZID:Etc/UTC',
  'BEGIN:STANDARD',
  'DTSTART:19700101T000000',
  'TZOFFSETFROM:+0000',
  'TZOFFSETTO:+0000',
  'END:STANDARD',
  'END:VTIMEZONE',
]

function toLines(event: CalendarEvent): string[] {
  const { uid, sequence, created, revised, location, description, status, isBusy } = event
  const from = toSecond(event.from)
  return [
    'BEGIN:VEVENT',
    `UID:${uid}`,
    // Without a METHOD, DTSTAMP is when the event was last changed (section 3.8.7.2).
    `DTSTAMP:${toTime(revised)}`,
    `LAST-MODIFIED:${toTime(revised)}`,
    `CREATED:${toTime(created)}`,
    `SEQUENCE:${sequence}`,
    `DTSTART:${toTime(from)}`,
    // After the start, by at least a second (section 3.8.2.2).
    `DTEND:${toTime(Math.max(toSecond(event.to), from + 1000))}`,
    `SUMMARY:${toText(event.summary)}`,
    ...(location ? [`LOCATION:${toText(location)}`] : []),
    ...(description ? [`DESCRIPTION:${toText(description)}`] : []),
    `STATUS:${status}`,
    `TRANSP:${isBusy ? 'OPAQUE' : 'TRANSPARENT'}`,
    'END:VEVENT',
  ]
}

function toSecond(time_ms: number): number {
  return Math.floor(time_ms / 1000) * 1000
}

/** `20270301T090000Z` (section 3.3.5). */
function toTime(time_ms: number): string {
  return new Date(time_ms).toISOString().replace(/\.\d{3}|[-:]/g, '')
}

/** Section 3.3.11: no control characters but the tab, line breaks as `\n`. */
function toText(text: string): string {
  return text
    .replace(/[\\;,]/g, String.raw`\$&`)
    .replace(/\r\n?|\n/g, String.raw`\n`)
    .replace(/[^\P{Cc}\t]/gu, '')
}

/** Section 3.1: lines of at most 75 octets, characters kept whole. */
function fold(line: string): string {
  if (Buffer.byteLength(line) <= lineMax_octets) return line
  let folded = ''
  let octets = 0
  for (const character of line) {
    const size = Buffer.byteLength(character)
    if (octets + size > lineMax_octets) {
      folded += '\r\n '
      octets = 1
    }
    folded += character
    octets += size
  }
  return folded
}
