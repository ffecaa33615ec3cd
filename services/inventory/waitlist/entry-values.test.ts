import { describe, expect, it } from 'bun:test'
import type { Caller } from '../../../shared/access.ts'
import type { FieldError, ProblemError } from '../../../shared/problem.ts'
import type { NewWaitlistEntry } from '../../../shared/schemas/waitlist.ts'
import { mayManage, readEntryValues, requireOnGrid } from './entry-values.ts'

const at = (time: string) => Date.parse(`2027-03-01T${time}:00Z`)
const iso = (time: string) => `2027-03-01T${time}:00Z`
const now_ms = at('08:00')
const anna: Caller = { id: 'anna', role: 'member', email: '', login: '', groups: [] }
const admin: Caller = { ...anna, id: 'root', role: 'admin' }

const fixed = { type: 'Car', from_datetime: iso('09:00'), to_datetime: iso('10:00') }
const flexible = { type: 'Car', earliest: iso('09:00'), latest: iso('13:00'), duration: 'PT1H' }

const read = (body: NewWaitlistEntry, caller = anna) => readEntryValues(body, caller, now_ms)
/** The code of a refusal, and the places at fault. */
function refusalOf(body: NewWaitlistEntry, caller = anna) {
  try {
    return read(body, caller)
  } catch (error) {
    const { code, members } = error as ProblemError
    return [code, ...((members.errors ?? []) as FieldError[]).map(({ pointer }) => pointer)]
  }
}

describe('a new entry of the waiting list', () => {
  it('waits for one time, until that begins, and then books', () => {
    expect(read(fixed)).toEqual({
      earliest: at('09:00'),
      latest_start: at('09:00'),
      latest: at('10:00'),
      until: at('09:00'),
      hold_seconds: null,
      description: '',
      reference: null,
      booked_for: null,
    })
  })

  it('waits for any time between two moments, until the last of them', () => {
    expect(read(flexible)).toMatchObject({
      earliest: at('09:00'),
      latest_start: at('12:00'),
      latest: at('13:00'),
      until: at('12:00'),
    })
  })

  it('keeps what is told about it', () => {
    const told = { description: 'to the fair', reference: 'F1', booked_for: 'anna' }
    expect(read({ ...fixed, ...told })).toMatchObject(told)
  })

  it('names a resource or a type; conditions are of a type', () => {
    const { from_datetime, to_datetime } = fixed
    const time = { from_datetime, to_datetime }
    const resource_id = Bun.randomUUIDv7()
    expect(refusalOf(time)).toEqual(['invalid_input', '#/resource_id'])
    expect(refusalOf({ ...fixed, resource_id })).toEqual(['invalid_input', '#/resource_id'])
    expect(refusalOf({ ...time, resource_id, where: 'seats>=5' })).toEqual([
      'invalid_input',
      '#/where',
    ])
    expect(read({ ...time, resource_id })).toBeDefined()
    expect(read({ ...fixed, where: 'seats>=5' })).toBeDefined()
  })

  it('names one time, or two moments and a duration, and nothing of the other', () => {
    const { type, from_datetime, to_datetime } = fixed
    const { earliest, latest, duration } = flexible
    const mixed: NewWaitlistEntry[] = [
      { type },
      { type, from_datetime },
      { type, to_datetime },
      { type, from_datetime, earliest },
      { type, to_datetime, latest },
      { type, earliest, latest },
      { type, earliest, duration },
      { type, latest, duration },
      { type, from_datetime, to_datetime, duration },
      { type, from_datetime, to_datetime, earliest, latest, duration },
      { type, earliest, latest, duration, from_datetime },
      { type, from_datetime, latest, duration },
    ]
    for (const body of mixed) expect(refusalOf(body)).toEqual(['invalid_input', '#/from_datetime'])
  })

  it('reports every time that does not exist', () => {
    const never = '2027-02-30T09:00:00Z'
    expect(refusalOf({ ...fixed, from_datetime: never, to_datetime: never, until: never })).toEqual(
      ['invalid_input', '#/from_datetime', '#/to_datetime', '#/until'],
    )
    expect(refusalOf({ ...flexible, earliest: never, latest: never })).toEqual([
      'invalid_input',
      '#/earliest',
      '#/latest',
    ])
  })

  it('has a time with a moment in it', () => {
    const empty = ['empty_span', '#/to_datetime']
    expect(refusalOf({ ...fixed, to_datetime: iso('09:00') })).toEqual(empty)
    expect(refusalOf({ ...fixed, to_datetime: iso('08:30') })).toEqual(empty)
    expect(refusalOf({ ...flexible, duration: 'PT0S' })).toEqual(['empty_span', '#/duration'])
    expect(refusalOf({ ...flexible, duration: 'PT4H1S' })).toEqual(['empty_span', '#/duration'])
    expect(read({ ...flexible, duration: 'PT4H' })).toMatchObject({ latest_start: at('09:00') })
  })

  it('stops waiting when its time must begin, or earlier, and not in the past', () => {
    expect(read({ ...flexible, until: iso('11:00') }).until).toBe(at('11:00'))
    expect(read({ ...flexible, until: iso('12:00') }).until).toBe(at('12:00'))
    expect(refusalOf({ ...flexible, until: iso('12:01') })).toEqual(['too_late', '#/until'])
    expect(refusalOf({ ...flexible, until: iso('08:00') })).toEqual(['too_late', '#/until'])
    expect(refusalOf({ ...fixed, from_datetime: iso('08:00') })).toEqual(['too_late', '#/until'])
    expect(read({ ...fixed, from_datetime: iso('08:01') })).toBeDefined()
  })

  it('holds for an hour when it is served, or as long as it says', () => {
    expect(read({ ...fixed, on_free: 'hold' }).hold_seconds).toBe(3600)
    expect(read({ ...fixed, on_free: 'hold', hold_for: 'PT15M' }).hold_seconds).toBe(900)
    expect(read({ ...fixed, on_free: 'book' }).hold_seconds).toBeNull()
    expect(refusalOf({ ...fixed, hold_for: 'PT15M' })).toEqual(['invalid_input', '#/hold_for'])
  })

  it('of a member is for himself, and for a year at most', () => {
    expect(refusalOf({ ...fixed, booked_for: 'ben' })).toEqual(['forbidden'])
    const year = { ...fixed, to_datetime: '2028-03-02T09:00:01Z' }
    expect(refusalOf(year)).toEqual(['span_too_long', '#/to_datetime'])
    expect(read(year, admin)).toBeDefined()
    expect(read({ ...fixed, booked_for: 'ben' }, admin).booked_for).toBe('ben')
  })
})

describe('an entry for slots', () => {
  const runway = { name: 'Runway', grid: { length_ms: 900_000, origin_ms: at('00:00') } }
  const refuse = (body: NewWaitlistEntry) => {
    try {
      return requireOnGrid(runway, read(body))
    } catch (error) {
      return (error as ProblemError).code
    }
  }

  it('is whole slots: its bounds and its duration', () => {
    expect(refuse(flexible)).toBeUndefined()
    expect(refuse({ ...flexible, duration: 'PT50M' })).toBe('not_on_slot_grid')
    expect(refuse({ ...flexible, earliest: iso('09:01') })).toBe('not_on_slot_grid')
    expect(refuse({ ...flexible, latest: iso('12:59') })).toBe('not_on_slot_grid')
  })
})

it('an entry is managed by its user and by administrators', () => {
  expect(mayManage(anna, 'anna')).toBe(true)
  expect(mayManage(anna, 'ben')).toBe(false)
  expect(mayManage(admin, 'ben')).toBe(true)
})
