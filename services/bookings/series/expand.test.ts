import { describe, expect, it } from 'bun:test'
import { rrulestr } from 'rrule'
import { ProblemError } from '../../../shared/problem.ts'
import { expand, type Repeating } from './expand.ts'
import { hour_ms } from '../../../shared/duration.ts'

const zones = [
  'Europe/Berlin',
  'America/New_York',
  'America/Santiago',
  'Australia/Lord_Howe',
  'Africa/Casablanca',
  'Pacific/Auckland',
]

function series(rule: string, local: string, more: Partial<Repeating> = {}): Repeating {
  const time_zone = more.time_zone ?? 'Europe/Berlin'
  const from = Temporal.PlainDateTime.from(local).toZonedDateTime(time_zone).epochMilliseconds
  return { rule, time_zone, from, to: from + hour_ms, ...more }
}

/** In local time: `2027-03-29 09:00-10:00`. */
function shown({ time_zone }: Repeating, { from, to }: { from: number; to: number }) {
  const [begin, end] = [from, to].map((time) => wall(time, time_zone))
  return `${begin?.replace('T', ' ')}-${end?.slice(11)}`
}

const formats = new Map<string, Intl.DateTimeFormat>()

// By Intl, so that it shares no code with what it tests.
function wall(time: number, timeZone: string): string {
  const style = { dateStyle: 'short', timeStyle: 'short', hourCycle: 'h23' } as const
  const format = formats.get(timeZone) ?? new Intl.DateTimeFormat('sv', { ...style, timeZone })
  formats.set(timeZone, format)
  return format.format(time).replace(' ', 'T')
}

/** When clocks of a zone first show it; undefined if never. */
function firstShownAt(local: string, timeZone: string): number | undefined {
  const asUtc = Date.parse(`${local}Z`)
  const offsets = [asUtc - 24 * hour_ms, asUtc + 24 * hour_ms].map(
    (time) => Date.parse(`${wall(time, timeZone)}Z`) - time,
  )
  return offsets
    .toSorted((a, b) => b - a)
    .map((offset) => asUtc - offset)
    .find((time) => wall(time, timeZone) === local)
}

function listChanges(time_zone: string): Temporal.ZonedDateTime[] {
  const changes: Temporal.ZonedDateTime[] = []
  let time = Temporal.ZonedDateTime.from(`2025-01-01T00:00[${time_zone}]`)
  for (;;) {
    const next = time.getTimeZoneTransition('next')
    if (!next || next.year > 2031) return changes
    changes.push(next)
    time = next
  }
}

async function refusalOf(repeating: Repeating): Promise<Record<string, unknown>> {
  try {
    await expand(repeating)
  } catch (error) {
    if (error instanceof ProblemError) return { ...error.toBody(), status: error.status }
    throw error
  }
  throw new Error('It was not refused.')
}

describe('a series', () => {
  it('keeps local time at both ends (offset_of_today)', async () => {
    const weekly = series('FREQ=WEEKLY;COUNT=3', '2027-03-22T09:00')
    expect((await expand(weekly)).map((one) => shown(weekly, one))).toEqual([
      '2027-03-22 09:00-10:00',
      '2027-03-29 09:00-10:00',
      '2027-04-05 09:00-10:00',
    ])
    expect(new Date((await expand(weekly))[1]?.from ?? 0).toISOString()).toBe(
      '2027-03-29T07:00:00.000Z',
    )
    const night = series('FREQ=DAILY;COUNT=2', '2027-03-26T22:00')
    night.to = night.from + 8 * hour_ms
    const [, second] = await expand({ ...night, rule: 'FREQ=DAILY;COUNT=3' })
    expect(second && shown(night, second)).toBe('2027-03-27 22:00-06:00')
    expect((second?.to ?? 0) - (second?.from ?? 0)).toBe(7 * hour_ms)
  })

  it('leaves out a skipped start, and includes an ambiguous one once', async () => {
    const spring = series('FREQ=DAILY;COUNT=3', '2027-03-27T02:30')
    expect((await expand(spring)).map(({ date }) => date)).toEqual([
      '2027-03-27',
      '2027-03-29',
      '2027-03-30',
    ])
    const autumn = series('FREQ=DAILY;COUNT=2', '2027-10-30T02:30')
    expect((await expand(autumn))[1]).toMatchObject({ from: Date.parse('2027-10-31T00:30:00Z') })
  })

  it('lasts as long as the first one when its end is skipped', async () => {
    const early = series('FREQ=DAILY;COUNT=2', '2027-03-27T01:45')
    early.to = early.from + 20 * 60_000
    for (const { from, to } of await expand(early)) expect(to).toBeGreaterThan(from)
  })

  for (const time_zone of zones) {
    it(`agrees with another library at every clock change in ${time_zone}`, async () => {
      const changes = listChanges(time_zone)
      expect(changes.length).toBeGreaterThan(6)
      for (const change of changes) {
        for (const time of ['00:00', '00:30', '01:30', '02:15', '02:45', '03:00', '09:00']) {
          const day = change.toPlainDate()
          const first = `${day.subtract({ days: 8 }).toString()}T${time}`
          const last = day.add({ days: 35 }).toString().replaceAll('-', '')
          for (const rule of [
            'FREQ=DAILY',
            'FREQ=WEEKLY;BYDAY=SA,SU,MO',
            'FREQ=DAILY;INTERVAL=3',
          ]) {
            const until = `${rule};UNTIL=${last}T235959Z`
            const stamp = `${first.replaceAll(/[-:]/g, '')}00`
            const others = rrulestr(`DTSTART:${stamp}Z\nRRULE:${until}`)
              .all()
              .map((one) => firstShownAt(one.toISOString().slice(0, 16), time_zone))
              .filter((one) => one !== undefined)
            const from = others[0] ?? 0
            const own = { rule: `${rule};UNTIL=${last}`, time_zone, from, to: from + 60_000 }
            expect((await expand(own)).map((one) => one.from)).toEqual(others)
          }
        }
      }
    })
  }

  it('agrees with it on monthly and yearly rules', async () => {
    for (const rule of [
      'FREQ=MONTHLY;COUNT=20',
      'FREQ=MONTHLY;BYDAY=1MO;COUNT=24',
      'FREQ=MONTHLY;BYDAY=-1FR;INTERVAL=2;COUNT=24',
      'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=40',
      'FREQ=MONTHLY;BYMONTHDAY=-1,15;COUNT=40',
      'FREQ=MONTHLY;BYMONTHDAY=31;COUNT=20',
      'FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=SU;COUNT=40',
      'FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=MO;COUNT=40',
      'FREQ=YEARLY;BYMONTH=3,9;BYDAY=2WE;COUNT=8',
      'FREQ=YEARLY;BYMONTHDAY=29;BYMONTH=1,2;COUNT=6',
      'FREQ=DAILY;BYMONTH=6,7;BYDAY=MO,WE;COUNT=80',
    ]) {
      const others = rrulestr(`DTSTART:20270131T090000Z\nRRULE:${rule}`).all()
      const from = others[0]?.getTime() ?? 0
      // From its first day, as some begin later than requested.
      const again = rrulestr(`DTSTART:${toStamp(from)}\nRRULE:${rule}`).all()
      const own = await expand({ rule, time_zone: 'UTC', from, to: from + hour_ms })
      expect([rule, ...own.map((one) => one.from)]).toEqual([rule, ...again.map(Number)])
    }
  })

  it('never overlaps itself (series_overlaps_itself)', async () => {
    const long = series('FREQ=DAILY;COUNT=3', '2027-03-01T09:00')
    long.to = long.from + 25 * hour_ms
    expect(await refusalOf(long)).toMatchObject({ status: 422, code: 'series_overlaps_itself' })
    expect(await expand({ ...long, to: long.from + 24 * hour_ms })).toHaveLength(3)
  })

  for (const [rule, detail] of [
    ['FREQ=SECONDLY;COUNT=10', 'FREQ is one of DAILY, WEEKLY, MONTHLY, YEARLY.'],
    ['FREQ=DAILY;BYSECOND=1;COUNT=10', 'not "BYSECOND=1"'],
    ['FREQ=DAILY', 'either COUNT or UNTIL'],
    ['FREQ=DAILY;COUNT=3;UNTIL=20270401', 'either COUNT or UNTIL'],
    ['FREQ=DAILY;COUNT=401', 'COUNT is 1 to 400'],
    ['FREQ=DAILY;COUNT=0', 'COUNT is 1 to 400'],
    ['FREQ=DAILY;COUNT=3=4', 'not "COUNT=3=4"'],
    ['FREQ=DAILY;INTERVAL=0;COUNT=2', 'INTERVAL is 1 to 400'],
    ['FREQ=DAILY;INTERVAL=99999999999;COUNT=2', 'INTERVAL is 1 to 400'],
    ['FREQ=DAILY;FREQ=WEEKLY;COUNT=2', 'FREQ is given twice'],
    ['FREQ=DAILY;UNTIL=20270230', 'UNTIL is a day'],
    ['FREQ=DAILY;UNTIL=20270401T090000', 'UNTIL is a day'],
    ['FREQ=WEEKLY;BYDAY=1MO;COUNT=2', 'BYDAY with a number'],
    ['FREQ=MONTHLY;BYDAY=0MO;COUNT=2', 'BYDAY is a list'],
    ['FREQ=MONTHLY;BYMONTHDAY=0;COUNT=2', 'BYMONTHDAY is a list'],
    ['FREQ=MONTHLY;BYSETPOS=1;COUNT=2', 'BYSETPOS needs'],
    ['constructor=1;FREQ=DAILY;COUNT=2', 'not "constructor=1"'],
    ['FREQ=WEEKLY;COUNT=400', 'Only 262 are within them'],
    ['FREQ=DAILY;UNTIL=20990101', 'at most 5 years'],
    ['FREQ=DAILY;UNTIL=20280901', 'at most 400 bookings'],
    ['FREQ=WEEKLY;BYDAY=TU;COUNT=2', 'Its first day is 2027-03-02'],
  ] as const) {
    it(`refuses ${rule} and says what to write`, async () => {
      const refusal = await refusalOf(series(rule, '2027-03-01T09:00'))
      expect(refusal).toMatchObject({ status: 422, detail: expect.stringContaining(detail) })
    })
  }

  it('is refused quickly when its rule matches no day, or one far off', async () => {
    for (const rule of [
      'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=5',
      'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31;COUNT=5',
      'FREQ=MONTHLY;BYDAY=5MO;BYMONTHDAY=1;COUNT=4',
      'FREQ=DAILY;INTERVAL=7;BYDAY=TU;COUNT=4',
      'FREQ=YEARLY;BYMONTHDAY=29;BYMONTH=2;COUNT=400',
    ]) {
      expect(await refusalOf(series(rule, '2027-03-01T09:00'))).toMatchObject({ status: 422 })
    }
  })

  it('needs an IANA time zone', async () => {
    for (const time_zone of ['Mars/Olympus', '+01:00', '']) {
      const refusal = await refusalOf({
        ...series('FREQ=DAILY;COUNT=2', '2027-03-01T09:00'),
        time_zone,
      })
      expect(refusal).toMatchObject({ errors: [{ pointer: '#/time_zone' }] })
    }
  })
})

function toStamp(time: number): string {
  return new Date(time).toISOString().replaceAll(/[-:]|\.\d+/g, '')
}
