import { booking, bookings, freeSpan, patch, post, runway } from './bad-request.ts'
import type { BadRequest } from './bad-request.ts'

/** Texts that name no moment of the years 0001 to 9999, each with what it tries. */
const noMoments: Record<string, string> = {
  'a leap second': '2016-12-31T23:59:60Z',
  '24:00': '2031-01-01T24:00:00Z',
  '25 o’clock': '2031-01-01T25:00:00Z',
  'minute 60': '2031-01-01T10:60:00Z',
  'second 61': '2031-01-01T10:00:61Z',
  '30 February': '2031-02-30T00:00:00Z',
  '29 February of a common year': '2031-02-29T00:00:00Z',
  '29 February 2100': '2100-02-29T00:00:00Z',
  '31 April': '2031-04-31T00:00:00Z',
  'day 0': '2031-01-00T00:00:00Z',
  'day 32': '2031-01-32T00:00:00Z',
  'month 0': '2031-00-01T00:00:00Z',
  'month 13': '2031-13-01T00:00:00Z',
  'the year 0': '0000-01-01T00:00:00Z',
  'the year 0 by offset': '0001-01-01T00:00:00+01:00',
  'the year 10000': '10000-01-01T00:00:00Z',
  'the year 10000 by offset': '9999-12-31T23:59:59-01:00',
  'the last year of JavaScript': '275760-09-13T00:00:00Z',
  'the last year of JavaScript, signed': '+275760-09-13T00:00:00Z',
  'a year before Christ': '-000044-03-15T00:00:00Z',
  'a year of two digits': '31-01-01T00:00:00Z',
  'offset +24:00': '2031-01-01T00:00:00+24:00',
  'offset +99:99': '2031-01-01T00:00:00+99:99',
  'offset -00:60': '2031-01-01T00:00:00-00:60',
  'an offset without a colon': '2031-01-01T00:00:00+0100',
  'an offset without minutes': '2031-01-01T00:00:00+01',
  'a zone by name': '2031-01-01T00:00:00 Europe/Berlin',
  'Z and an offset': '2031-01-01T00:00:00Z+01:00',
  'a date without a time': '2031-01-01',
  'an hour without minutes': '2031-01-01T10Z',
  'a time without a date': '10:00:00Z',
  'an ordinal date': '2031-001T00:00:00Z',
  'a week date': '2031-W01-1T00:00:00Z',
  'single digits': '2031-1-1T0:00:00Z',
  'a point without a fraction': '2031-01-01T00:00:00.Z',
  'a fraction of ten digits': '2031-01-01T00:00:00.1234567890Z',
  'a comma before the fraction': '2031-01-01T00:00:00,5Z',
  'seconds since 1970': '1924992000',
  'no text at all': '',
  'a space before it': ' 2031-01-01T00:00:00Z',
  'a line break after it': '2031-01-01T00:00:00Z\n',
  'a NUL after it': '2031-01-01T00:00:00Z\0',
  'Arabic digits': '٢٠٣١-٠١-٠١T00:00:00Z',
  'the word now': 'now',
  'the infinity of PostgreSQL': 'infinity',
  SQL: "2031-01-01'; DROP TABLE allocations; --",
  'a text of 20,000 characters': '2'.repeat(20_000),
}

const from = '#/from_datetime'
const to = '#/to_datetime'
const noon = '2031-01-01T12:00:00Z'

/** Bounds that are missing or contradict each other. */
const badBounds: [what: string, body: Record<string, unknown>, pointers: string[]][] = [
  ['no bound at all', {}, [from, to]],
  ['no end', { from_datetime: noon }, [to]],
  ['no start', { to_datetime: noon }, [from]],
  ['null for both bounds', { from_datetime: null, to_datetime: null }, [from, to]],
  [
    'null without its flag',
    { from_datetime: null, from_infinity: false, to_datetime: noon },
    [from],
  ],
  ['a flag that says nothing', { from_infinity: false, to_datetime: noon }, [from]],
  [
    'no start, and a time for it',
    { from_infinity: true, from_datetime: noon, to_infinity: true },
    [from],
  ],
  [
    'no end, and a time for it',
    { from_infinity: true, to_infinity: true, to_datetime: noon },
    [to],
  ],
  [
    'neither bound, and times for both',
    { from_infinity: true, from_datetime: noon, to_infinity: true, to_datetime: noon },
    [from, to],
  ],
  [
    'two days that do not exist',
    { from_datetime: '2031-02-30T00:00:00Z', to_datetime: '2031-02-31T00:00:00Z' },
    [from, to],
  ],
  ['one bad bound and one missing', { from_datetime: '2031-02-30T00:00:00Z' }, [from, to]],
]

const emptySpans: [what: string, from_datetime: string, to_datetime: string][] = [
  ['ends as it starts', noon, noon],
  ['ends before it starts', '2031-01-02T00:00:00Z', '2031-01-01T00:00:00Z'],
  ['ends a millisecond before it starts', '2031-01-01T12:00:00.001Z', noon],
  ['is empty by its offsets', '2031-01-01T12:00:00+01:00', '2031-01-01T11:00:00Z'],
  ['is negative by its offsets', '2031-01-01T10:00:00-02:00', '2031-01-01T11:00:00+01:00'],
  ['is shorter than a millisecond', '2031-01-01T12:00:00.0001Z', '2031-01-01T12:00:00.0009Z'],
]

const offGrid: [what: string, path: string, span: [string, string], pointers: string[]][] = [
  ['starts', runway, ['2031-01-01T00:01:00Z', '2031-01-01T00:30:00Z'], [from]],
  ['ends', runway, ['2031-01-01T00:00:00Z', '2031-01-01T00:15:00.001Z'], [to]],
  ['starts and ends', runway, ['2031-01-01T00:07:00Z', '2031-01-01T00:08:00Z'], [from, to]],
  ['starts, by its offset,', runway, ['2031-01-01T00:00:00+00:10', '2031-01-01T00:00:00Z'], [from]],
]

/** Times and spans that cannot be. */
export const badSpans: BadRequest[] = [
  ...Object.entries(noMoments).map(([what, from_datetime]): BadRequest => ({
    what: `refuses ${what} for a time`,
    bytes: post(bookings, { from_datetime, to_infinity: true }),
    status: 422,
    code: 'invalid_input',
    pointers: [from],
  })),
  ...badBounds.map(([what, body, pointers]): BadRequest => ({
    what: `refuses a span with ${what}`,
    bytes: post(bookings, body),
    status: 422,
    code: 'invalid_input',
    pointers,
  })),
  ...emptySpans.map(([what, from_datetime, to_datetime]): BadRequest => ({
    what: `refuses a span that ${what}`,
    bytes: post(bookings, { from_datetime, to_datetime }),
    status: 422,
    code: 'empty_span',
    pointers: [to],
  })),
  ...offGrid.map(([what, path, [from_datetime, to_datetime], pointers]): BadRequest => ({
    what: `refuses a span that ${what} off the slot grid`,
    bytes: post(`${path}/allocations`, { from_datetime, to_datetime }),
    status: 422,
    code: 'not_on_slot_grid',
    pointers,
  })),
  {
    what: 'refuses to move the end of a booking before its start',
    bytes: patch(booking, { to_datetime: '1999-01-01T00:00:00Z' }),
    status: 422,
    code: 'empty_span',
    pointers: [to],
  },
  {
    what: 'refuses to take the start from a booking without saying it has none',
    bytes: patch(booking, { from_datetime: null }),
    status: 422,
    code: 'invalid_input',
    pointers: [from],
  },
  {
    what: 'refuses to move a booking to a day that does not exist',
    bytes: patch(booking, { ...freeSpan, to_datetime: '2031-02-30T00:00:00Z' }),
    status: 422,
    code: 'invalid_input',
    pointers: [to],
  },
]
