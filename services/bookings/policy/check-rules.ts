import { invalid, type FieldError } from '../../../shared/problem.ts'
import type { NewPolicy, OpeningHours, PolicyRules } from '../../../shared/schemas/policy.ts'
import { isTimeZone } from '../../../shared/time-zone.ts'
import { toMinutes } from './wall-clock.ts'

const minutesOfDay = 24 * 60
// The limit of bookings themselves.
const longestDays = 366

/** @throws 422 listing every contradictory rule */
export function requireRules({ type, resource_id, rules }: NewPolicy): void {
  const errors: FieldError[] = []
  const refuse = (field: string, detail: string) =>
    errors.push({ pointer: `#/rules/${field}`, detail })
  if (type !== undefined && resource_id !== undefined) {
    errors.push({ pointer: '#/resource_id', detail: 'Give either a type or a resource_id.' })
  }
  const { time_zone, closed = [], quotas = [], approval, granularity } = rules
  if (time_zone !== undefined && !isTimeZone(time_zone)) {
    refuse('time_zone', 'Not a time zone. Use a name such as Europe/Berlin.')
  }
  for (const [field, duration] of listDurations(rules)) {
    if (/^P$|T$/.test(duration)) refuse(field, 'Not a duration. Use a form such as PT30M or P2D.')
  }
  if (errors.length > 0) throw invalid(errors)
  for (const [at, day] of closed.entries()) {
    if (!isDay(day)) refuse(`closed/${at}`, 'There is no such day.')
  }
  checkHours(rules.opening_hours, refuse)
  checkLengths(rules, refuse)
  if (granularity !== undefined && !divides(toMinutes(granularity))) {
    refuse('granularity', 'Use a divisor of a day: PT15M, PT1H, P1D.')
  }
  if (approval?.when === 'longer_than' && approval.duration === undefined) {
    refuse('approval/duration', 'Give the duration above which approval is needed: P1D.')
  }
  for (const [at, { per, hours, count }] of quotas.entries()) {
    if (hours === undefined && count === undefined) refuse(`quotas/${at}`, 'Give hours or count.')
    if (per === 'moment' && count === undefined) refuse(`quotas/${at}/count`, 'How many at once?')
  }
  if (errors.length > 0) throw invalid(errors)
}

type Refuse = (field: string, detail: string) => void

function listDurations(rules: PolicyRules): [field: string, duration: string][] {
  const { approval, check_in } = rules
  const found = {
    minimum_duration: rules.minimum_duration,
    maximum_duration: rules.maximum_duration,
    granularity: rules.granularity,
    minimum_notice: rules.minimum_notice,
    maximum_ahead: rules.maximum_ahead,
    cancel_until: rules.cancel_until,
    'approval/duration': approval?.duration,
    'approval/decide_within': approval?.decide_within,
    'check_in/within': check_in?.within,
  }
  return Object.entries(found).filter((entry): entry is [string, string] => entry[1] !== undefined)
}

function checkHours(hours: OpeningHours = [], refuse: Refuse): void {
  for (const [at, { from, to }] of hours.entries()) {
    if (from >= to) refuse(`opening_hours/${at}`, 'It must open before it closes.')
  }
}

function checkLengths({ minimum_duration, maximum_duration }: PolicyRules, refuse: Refuse): void {
  const least = minimum_duration === undefined ? 0 : toMinutes(minimum_duration)
  const most = maximum_duration === undefined ? Infinity : toMinutes(maximum_duration)
  if (least > longestDays * minutesOfDay) {
    refuse('minimum_duration', `A booking lasts at most ${longestDays} days.`)
  }
  if (most === 0) refuse('maximum_duration', 'It must be longer than that.')
  else if (least > most) refuse('maximum_duration', 'It must not be less than minimum_duration.')
}

function divides(minutes: number): boolean {
  return minutes > 0 && minutesOfDay % minutes === 0
}

function isDay(text: string): boolean {
  try {
    return Temporal.PlainDate.from(text).toString() === text
  } catch {
    return false
  }
}
