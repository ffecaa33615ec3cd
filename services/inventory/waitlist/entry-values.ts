import { isAdministrator, type Caller } from '../../../shared/access.ts'
import { readInstant, toInstant } from '../../../shared/instant.ts'
import { invalid, type FieldError } from '../../../shared/problem.ts'
import type { NewWaitlistEntry } from '../../../shared/schemas/waitlist.ts'
import { readHold } from '../hold-time.ts'
import { requireMayBookFor, requireMemberSpan } from '../member-limits.ts'
import type { BookableType } from '../resource-types.ts'
import { emptySpan, requireBookable } from '../span.ts'
import { readDuration } from './duration.ts'

/** The wanted time: a duration between two moments, in milliseconds since 1970. */
export interface Wanted {
  earliest: number
  /** So that it ends by `latest`. */
  latest_start: number
  latest: number
}

const holdDefault = 'PT1H'

/**
 * Reads an entry, except its resource or type.
 * @throws 422 that lists every fault, 403 when a member waits for another user
 */
export function readEntryValues(body: NewWaitlistEntry, caller: Caller, now_ms: number) {
  requireMayBookFor(caller, body.booked_for)
  const errors: FieldError[] = []
  const isHold = body.on_free === 'hold'
  if ((body.resource_id === undefined) === (body.type === undefined)) {
    errors.push({ pointer: '#/resource_id', detail: 'Give either resource_id or type.' })
  } else if (body.type === undefined && body.where !== undefined) {
    errors.push({ pointer: '#/where', detail: 'Conditions require a type.' })
  }
  if (body.hold_for !== undefined && !isHold) {
    errors.push({ pointer: '#/hold_for', detail: 'It requires on_free: hold.' })
  }
  const wanted = readWanted(body, errors)
  const until = readTime(body, 'until', errors) ?? wanted.latest_start
  if (errors.length > 0) throw invalid(errors)
  if (wanted.latest_start < wanted.earliest || wanted.latest <= wanted.latest_start) {
    throw emptySpan(body.duration === undefined ? '#/to_datetime' : '#/duration')
  }
  requireMemberSpan(caller, { from: wanted.earliest, to: wanted.latest })
  requireAhead(until, wanted, now_ms)
  return {
    ...wanted,
    until,
    hold_seconds: isHold ? readHold(body.hold_for ?? holdDefault, 0) / 1000 : null,
    description: body.description ?? '',
    reference: body.reference ?? null,
    booked_for: body.booked_for ?? null,
  }
}

/** @throws 422 `not_on_slot_grid`: no such time can be booked */
export function requireOnGrid(type: BookableType, { earliest, latest_start, latest }: Wanted) {
  requireBookable(type, { from: earliest, to: latest })
  // Its duration is as many whole slots.
  requireBookable(type, { from: latest_start, to: latest })
}

/** Whether the caller may see and end an entry of this user. */
export function mayManage(caller: Caller, owner: string): boolean {
  return caller.id === owner || isAdministrator(caller)
}

const notBoth = 'Give from_datetime and to_datetime, or earliest, latest and duration.'

function readWanted(body: NewWaitlistEntry, errors: FieldError[]): Wanted {
  const [from, to] = [
    readTime(body, 'from_datetime', errors),
    readTime(body, 'to_datetime', errors),
  ]
  const [first, last] = [readTime(body, 'earliest', errors), readTime(body, 'latest', errors)]
  const { duration } = body
  const isFixed = body.from_datetime !== undefined && body.to_datetime !== undefined
  const isFlexible =
    body.earliest !== undefined && body.latest !== undefined && duration !== undefined
  const given = [body.from_datetime, body.to_datetime, body.earliest, body.latest, duration]
  const count = given.filter((one) => one !== undefined).length
  if ((isFixed && count === 2) || (isFlexible && count === 3)) {
    const [earliest, latest] = isFixed ? [from ?? NaN, to ?? NaN] : [first ?? NaN, last ?? NaN]
    const latest_start = isFixed ? earliest : latest - (readDuration(duration ?? '') ?? NaN)
    return { earliest, latest_start, latest }
  }
  errors.push({ pointer: '#/from_datetime', detail: notBoth })
  return { earliest: NaN, latest_start: NaN, latest: NaN }
}

type TimeName = 'from_datetime' | 'to_datetime' | 'earliest' | 'latest' | 'until'

function readTime(body: NewWaitlistEntry, name: TimeName, errors: FieldError[]) {
  const text = body[name]
  if (text === undefined) return undefined
  const time = readInstant(text)
  if (time !== undefined) return time
  errors.push({ pointer: `#/${name}`, detail: 'Not a valid time, such as 2027-01-31T09:00:00Z.' })
  return undefined
}

function requireAhead(until: number, { latest_start }: Wanted, now_ms: number): void {
  if (until > latest_start) {
    const detail = `It must start by ${toInstant(latest_start)}: stop waiting then, or earlier.`
    throw invalid([{ pointer: '#/until', detail }], 'too_late')
  }
  if (until > now_ms) return
  const detail = 'That time is in the past.'
  throw invalid([{ pointer: '#/until', detail }], 'too_late')
}
