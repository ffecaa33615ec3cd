import { describe, expect, it } from 'bun:test'
import { ProblemError } from '../../../shared/problem.ts'
import { readHolidays } from './holidays.ts'

const today = Temporal.PlainDate.from('2027-06-15')
const calendar = (...lines: string[]) =>
  ['BEGIN:VCALENDAR', 'VERSION:2.0', ...lines, 'END:VCALENDAR', ''].join('\r\n')
const event = (...lines: string[]) => ['BEGIN:VEVENT', ...lines, 'END:VEVENT']
const days = (...lines: string[]) =>
  readHolidays(calendar(...event(...lines)), today).map(({ day }) => day)

function fault(text: string): string {
  try {
    readHolidays(text, today)
    return 'none'
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    expect([error.status, error.code]).toEqual([422, 'calendar_invalid'])
    return error.message
  }
}

describe('holidays', () => {
  it('are whole days with a name, each once, in order, from this year on', () => {
    const text = calendar(
      ...event(
        'DTSTART;VALUE=DATE:20271225',
        'DTEND;VALUE=DATE:20271227',
        'SUMMARY:Christ\r\n mas',
      ),
      ...event('DTSTART:20271226', 'SUMMARY:Boxing\\, Day'),
      ...event('DTSTART:20270101', 'SUMMARY:New Year'),
      ...event('DTSTART:20261225', 'SUMMARY:Long ago'),
      ...event('DTSTART:20270704', 'STATUS:CANCELLED'),
    )
    const found = [
      { day: '2027-01-01', name: 'New Year' },
      { day: '2027-12-25', name: 'Christmas' },
      { day: '2027-12-26', name: 'Christmas' },
    ]
    expect(readHolidays(text, today)).toEqual(found)
    expect(readHolidays(`\uFEFF${text.replaceAll('\r\n', '\n')}`, today)).toEqual(found)
  })

  it('may last, and come back every year', () => {
    expect(days('DTSTART:20271231', 'DURATION:P2D')).toEqual(['2027-12-31', '2028-01-01'])
    expect(days('DTSTART:20201003', 'RRULE:FREQ=YEARLY')).toEqual(
      [2027, 2028, 2029, 2030, 2031].map((year) => `${year}-10-03`),
    )
    const twice = 'RRULE:FREQ=YEARLY;INTERVAL=2;BYMONTH=10;BYMONTHDAY=3'
    expect(days('DTSTART:20201003', twice)).toEqual(['2028-10-03', '2030-10-03'])
    expect(days('DTSTART:20201003', 'RRULE:FREQ=YEARLY;COUNT=9')).toEqual([
      '2027-10-03',
      '2028-10-03',
    ])
    expect(days('DTSTART:20201003', 'RRULE:FREQ=YEARLY;UNTIL=20281003T000000Z')).toEqual([
      '2027-10-03',
      '2028-10-03',
    ])
    expect(days('DTSTART:20201003', 'RRULE:FREQ=YEARLY;COUNT=9', 'EXDATE:20271003')).toEqual([
      '2028-10-03',
    ])
    expect(days('DTSTART:20200229', 'RRULE:FREQ=YEARLY')).toEqual(['2028-02-29'])
    expect(days('DTSTART:20201231', 'DURATION:P1W', 'RRULE:FREQ=YEARLY;UNTIL=20261231')).toEqual(
      [1, 2, 3, 4, 5, 6].map((day) => `2027-01-0${day}`),
    )
  })

  it('name what is wrong, and the line', () => {
    const one = (...lines: string[]) => fault(calendar(...event(...lines)))
    expect(one('DTSTART:20271225T100000Z')).toStartWith('Line 4: DTSTART must be a whole day')
    expect(one('SUMMARY:x', 'DTSTART:20270230')).toBe('Line 5: There is no such day.')
    expect(one('SUMMARY:x')).toBe('Line 3: This event has no DTSTART.')
    expect(one('DTSTART:20271225', 'RRULE:FREQ=WEEKLY')).toContain('Line 5: FREQ=WEEKLY')
    expect(one('DTSTART:20271225', 'RRULE:FREQ=YEARLY;BYDAY=4TH')).toContain('Line 5: BYDAY')
    expect(one('DTSTART:20271225', 'DTEND:20271225')).toStartWith('Line 5: It must end')
    expect(one('DTSTART:20271225', 'DTEND:20291225')).toStartWith('Line 5: An event has')
    expect(one('DTSTART:20271225', 'what is this')).toStartWith('Line 5: Not a calendar line')
    expect(fault('')).toStartWith('Line 1:')
    expect(fault('<html>')).toStartWith('Line 1:')
    expect(fault(calendar('BEGIN:VEVENT'))).toStartWith('Line 4: END:VCALENDAR has no matching')
    expect(fault('BEGIN:VCALENDAR\nBEGIN:VEVENT\n')).toStartWith('Line 2: BEGIN:VEVENT has no end')
  })

  it('are bounded in depth and number, and parsed quickly', () => {
    const deep = Array.from({ length: 50 }, () => 'BEGIN:X')
    expect(fault(calendar(...deep))).toContain('Nested deeper')
    const year = (start: string) => event(`DTSTART:${start}`, 'DURATION:P366D')
    expect(fault(calendar(...year('20270101'), ...year('20290101')))).toContain(
      'more than 400 days',
    )
    const same = Array.from({ length: 4000 }, () => year('20270101')).flat()
    expect(fault(calendar(...same))).toContain('more than 400 days')
    const old = event('DTSTART:00010101', 'RRULE:FREQ=YEARLY;UNTIL=20260101')
    const many = calendar(...Array.from({ length: 4000 }, () => old).flat())
    expect(readHolidays(many, today)).toEqual([])
  })
})
