import { expect, it } from 'bun:test'
import { toLocal } from '../../../shared/time-zone.ts'
import {
  earlier,
  isOnGrid,
  isShownTwice,
  later,
  toDate,
  toDay,
  toInstantOf,
  toMinutes,
  toWeekday,
} from './wall-clock.ts'
import { hour_ms } from '../../../shared/duration.ts'

// Half an hour of summer time, skipped midnights, an offset that once was different.
const zones = [
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'America/Santiago',
  'Africa/Cairo',
  'Asia/Kolkata',
  'Pacific/Chatham',
  'UTC',
]
const durations = ['PT90M', 'P1D', 'P2DT3H', 'P30D', 'PT1H30M', 'P366D']

// The same numbers each time.
function createRandom(seed: number) {
  let state = seed
  return (below: number) => {
    state = (state * 48_271) % 2_147_483_647
    return state % below
  }
}

/** Moments of ten years, half of them within two days of a clock change. */
function* listMoments(zone: string, count: number) {
  const random = createRandom(zone.length)
  const [begin, end] = [Date.parse('2020-01-01'), Date.parse('2030-01-01')]
  for (let at = 0; at < count; at++) {
    const moment = begin + random((end - begin) / 60_000) * 60_000
    yield moment
    const change = toLocal(moment, zone).getTimeZoneTransition('next')?.epochMilliseconds
    if (change !== undefined) yield change + (random(2 * 96) - 96) * (hour_ms / 2)
  }
}

for (const zone of zones) {
  it(`agrees with Temporal in ${zone}`, () => {
    for (const time of listMoments(zone, 300)) {
      const local = toLocal(time, zone)
      const date = local.toPlainDate()
      const day = toDay(time, zone)
      expect([time, toDate(day), toWeekday(day)]).toEqual([
        time,
        date.toString(),
        date.dayOfWeek - 1,
      ])
      for (const duration of durations) {
        expect([time, duration, later(time, duration, zone)]).toEqual([
          time,
          duration,
          local.add(duration).epochMilliseconds,
        ])
        expect([time, duration, earlier(time, duration, zone)]).toEqual([
          time,
          duration,
          local.subtract(duration).epochMilliseconds,
        ])
      }
      for (const text of ['00:00', '02:30', '08:00', '23:59']) {
        const expected = date.toZonedDateTime({ timeZone: zone, plainTime: text })
        expect([time, text, toInstantOf(day, text, zone)]).toEqual([
          time,
          text,
          expected.epochMilliseconds,
        ])
      }
      const nextDay = date.add({ days: 1 }).toZonedDateTime(zone).epochMilliseconds
      expect([time, toInstantOf(day, '24:00', zone)]).toEqual([time, nextDay])
      const [first, second] = (['earlier', 'later'] as const).map((disambiguation) =>
        local.toPlainDateTime().toZonedDateTime(zone, { disambiguation }),
      )
      expect([time, isShownTwice(time, zone)]).toEqual([
        time,
        first?.epochMilliseconds !== second?.epochMilliseconds,
      ])
      const minutes = local.hour * 60 + local.minute
      expect([time, isOnGrid(time, 30, zone)]).toEqual([time, minutes % 30 === 0])
      expect([time, isOnGrid(time + 1, 30, zone)]).toEqual([time, false])
    }
  })
}

it('reads durations as Temporal does', () => {
  for (const duration of durations) {
    const expected = Temporal.Duration.from(duration)
    expect(toMinutes(duration)).toBe(expected.total({ unit: 'minutes', relativeTo: '2000-01-01' }))
  }
})

it('refuses invalid durations', () => {
  expect(() => later(0, '1 day', 'UTC')).toThrow(RangeError)
})
