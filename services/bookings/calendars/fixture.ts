import { expect } from 'bun:test'
import ICAL from 'ical.js'
import type { CreatedCalendar } from '../../../shared/schemas/calendar.ts'
import type { MakeDatabase } from '../../../shared/testing/describe-stores.ts'
import { useBookings } from '../fixture.ts'

/** The parts of an event that tests check, as an independent parser reads them. */
export interface ReadEvent {
  uid: string
  sequence: number
  status: string
  summary: string
  location: string | null
  description: string | null
  from: string
  to: string
  revised: string
  busy: string
}

/** A system, and clients that subscribe to its calendars. */
export function useCalendars(makeDatabase: MakeDatabase) {
  const tools = useBookings(makeDatabase)
  const { call } = tools

  async function subscribe(body: object, as = 'anna'): Promise<CreatedCalendar> {
    const made = await call<CreatedCalendar>('POST', '/api/calendars', { body, as })
    expect([made.status, made.body]).toEqual([201, made.body])
    return made.body
  }

  const poll = ({ url }: CreatedCalendar, headers: Record<string, string> = {}) =>
    call<string>('GET', new URL(url, 'http://localhost').pathname, { as: null, headers })

  async function read(calendar: CreatedCalendar): Promise<ReadEvent[]> {
    const { status, body } = await poll(calendar)
    expect([status, body]).toEqual([200, body])
    return readEvents(body)
  }

  return { ...tools, subscribe, poll, read, readEvents }
}

/** The date that many days from now, in UTC. */
export function toInputDay(days: number): string {
  return new Date(Date.now() + days * 24 * 60 * 60 * 1000).toISOString().slice(0, 10)
}

/** Checks the text against RFC 5545 and parses it with an independent parser. */
export function readEvents(text: string): ReadEvent[] {
  expect(text.endsWith('\r\n')).toBe(true)
  const lines = text.split('\r\n')
  expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
  for (const line of lines) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75)
  ICAL.design.strict = true
  const calendar = new ICAL.Component(ICAL.parse(text) as unknown[])
  expect(calendar.name).toBe('vcalendar')
  expect(calendar.getFirstPropertyValue('version')).toBe('2.0')
  expect(calendar.getFirstPropertyValue('prodid')).toBeTruthy()
  expect(calendar.getAllSubcomponents().length).toBeGreaterThan(0)
  return calendar.getAllSubcomponents('vevent').map(toEvent)
}

function toEvent(component: ICAL.Component): ReadEvent {
  const names = component.getAllProperties().map(({ name }) => name)
  // Each at most once (section 3.6.1).
  expect(names.length).toBe(new Set(names).size)
  const text = (name: string) => (component.getFirstPropertyValue(name) as string | null) ?? null
  const time = (name: string) => {
    const value = component.getFirstPropertyValue(name) as ICAL.Time
    expect(value.zone?.tzid).toBe('UTC')
    return value.toJSDate().toISOString()
  }
  return {
    uid: text('uid') ?? '',
    sequence: Number(component.getFirstPropertyValue('sequence')),
    status: text('status') ?? '',
    summary: text('summary') ?? '',
    location: text('location'),
    description: text('description'),
    from: time('dtstart'),
    to: time('dtend'),
    revised: time('dtstamp'),
    busy: text('transp') ?? '',
  }
}
