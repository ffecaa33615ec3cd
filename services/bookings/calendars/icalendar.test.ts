import { expect, it } from 'bun:test'
import { readEvents } from './fixture.ts'
import { writeCalendar, type CalendarEvent } from './icalendar.ts'

const event: CalendarEvent = {
  uid: '01a1fe45-0000-7000-8000-000000000000',
  sequence: 3,
  created: Date.parse('2027-03-01T08:00:00Z'),
  revised: Date.parse('2027-03-02T08:00:00.999Z'),
  from: Date.parse('2027-03-28T00:30:00.500Z'),
  to: Date.parse('2027-03-28T02:00:00Z'),
  summary: 'A visit',
  location: 'Red Fiat',
  description: '',
  status: 'CONFIRMED',
  isBusy: true,
}

it('is exactly this, to the octet', () => {
  const long = `Käse; Brot, Öl \\ ${'äöü'.repeat(12)}`
  const text = writeCalendar('Fleet, north', [
    { ...event, summary: long, description: 'a\r\nb\u0000' },
  ])
  expect(text.split('\r\n')).toEqual([
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Campus//Bookings//EN',
    'CALSCALE:GREGORIAN',
    'NAME:Fleet\\, north',
    'X-WR-CALNAME:Fleet\\, north',
    'REFRESH-INTERVAL;VALUE=DURATION:PT30M',
    'X-PUBLISHED-TTL:PT30M',
    'BEGIN:VEVENT',
    'UID:01a1fe45-0000-7000-8000-000000000000',
    'DTSTAMP:20270302T080000Z',
    'LAST-MODIFIED:20270302T080000Z',
    'CREATED:20270301T080000Z',
    'SEQUENCE:3',
    'DTSTART:20270328T003000Z',
    'DTEND:20270328T020000Z',
    // 75 octets, then 74 after the space.
    `SUMMARY:Käse\\; Brot\\, Öl \\\\ ${'äöü'.repeat(7)}ä`,
    ` öü${'äöü'.repeat(4)}`,
    'LOCATION:Red Fiat',
    'DESCRIPTION:a\\nb',
    'STATUS:CONFIRMED',
    'TRANSP:OPAQUE',
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ])
})

it('keeps any text but control characters, and splits no character', () => {
  const alphabet = [
    'a',
    ' ',
    'ä',
    '—',
    '🚚',
    '\\',
    ';',
    ',',
    '\n',
    ':',
    '"',
    '\t',
    'n',
    '\u2028',
    '^',
  ]
  let state = 1
  const pick = () => {
    state = (state * 48_271) % 2_147_483_647
    return alphabet[state % alphabet.length] ?? ''
  }
  for (let length = 0; length < 300; length++) {
    const summary = Array.from({ length }, pick).join('')
    const text = writeCalendar(summary, [{ ...event, summary, description: summary }])
    const [read] = readEvents(text)
    expect(read?.summary).toBe(summary)
    expect(read?.description ?? '').toBe(summary)
    expect(text).not.toContain('\uFFFD')
  }
})

it('ends an event after its start, although a calendar has no milliseconds', () => {
  const [read] = readEvents(writeCalendar('x', [{ ...event, to: event.from + 1 }]))
  expect([read?.from, read?.to]).toEqual(['2027-03-28T00:30:00.000Z', '2027-03-28T00:30:01.000Z'])
})

it('is valid without events', () => {
  expect(readEvents(writeCalendar('Empty', []))).toEqual([])
})
