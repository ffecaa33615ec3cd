import { listOpen } from './opening.ts'
import type { Rules, Span } from './rules.ts'
import { isTimeAllowed, type AskedTime } from './time-rules.ts'
import { later, toGrid, toMinutes } from './wall-clock.ts'
import { day_ms } from '../../../shared/duration.ts'

// Anything later is not near.
const horizon_ms = 60 * day_ms
// Longer bookings are planned ahead, and each of their days would be examined in each try.
const longest_ms = 31 * day_ms
// Limits the tries; each takes a fraction of a millisecond.
const triedMax = 200

/**
 * The nearest span that all rules allow, as long as requested if that is allowed: the next one, or
 * the last one before if the request is too far ahead. None for more than 31 days.
 */
export function findNearest(all: readonly Rules[], asked: AskedTime): Span | undefined {
  const [first] = all
  if (!first) return undefined
  const isAllowed = (span: Span) =>
    span.from < span.to &&
    span.to - span.from <= longest_ms &&
    all.every((rules) => isTimeAllowed(rules, { ...asked, span }))
  for (const isBack of [false, true]) {
    let tried = 0
    for (const from of listStarts(all, asked, isBack)) {
      if (++tried > triedMax) break
      const span = { from, to: toEnd(all, asked.span, from) }
      if (isAllowed(span)) return span
    }
  }
  return undefined
}

/** Candidate starts: where something opens, and where the rules begin to allow it. */
function* listStarts(
  all: readonly Rules[],
  { span, now }: AskedTime,
  isBack: boolean,
): Generator<number> {
  const length = span.to - span.from
  const begin = isBack ? span.from - horizon_ms : span.from
  const bounds = all.map(({ minimum_notice, maximum_ahead, time_zone }) => ({
    earliest: minimum_notice === undefined ? begin : later(now, minimum_notice, time_zone),
    latest: maximum_ahead === undefined ? Infinity : later(now, maximum_ahead, time_zone),
  }))
  const earliest = Math.max(begin, ...bounds.map((it) => it.earliest))
  const latest = Math.min(...bounds.map((it) => it.latest), isBack ? span.from : Infinity)
  const step = Math.max(...all.map(({ granularity }) => (granularity ? toMinutes(granularity) : 1)))
  const zone = all[0]?.time_zone ?? 'UTC'
  const onGrid = (time: number) => toGrid(time, step, { zone, isBack })
  const window = isBack
    ? { from: Math.max(earliest, latest - horizon_ms), to: latest + 1 }
    : { from: earliest, to: Math.min(earliest + horizon_ms, latest + 1) }
  if (window.from >= window.to) return
  const inside = (time: number) => time >= earliest && time <= latest
  if (!isBack) yield* [onGrid(earliest)].filter(inside)
  const opens = all.flatMap((rules) => [...listOpen(rules, window)])
  // It begins or ends where a resource opens or closes.
  const edges = opens.flatMap((open) => [open.from, open.to - length, open.from - length + 1])
  const starts = [...edges, ...(isBack ? [latest] : [])].map(onGrid).filter(inside)
  yield* [...new Set(starts)].toSorted((a, b) => (isBack ? b - a : a - b))
}

/** The end: as long as requested, within the limits, and on the grid. */
function toEnd(all: readonly Rules[], span: Span, from: number): number {
  return all.reduce(
    (end, { minimum_duration, maximum_duration, granularity, time_zone }) => {
      const shortest = minimum_duration ? later(from, minimum_duration, time_zone) : from
      const longest = maximum_duration ? later(from, maximum_duration, time_zone) : Infinity
      const fitting = Math.min(Math.max(end, shortest), longest)
      if (!granularity) return fitting
      const minutes = toMinutes(granularity)
      const up = toGrid(fitting, minutes, { zone: time_zone })
      return up <= longest ? up : toGrid(fitting, minutes, { zone: time_zone, isBack: true })
    },
    from + span.to - span.from,
  )
}
