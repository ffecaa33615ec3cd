import { describe, expect, it } from 'bun:test'
import type { FieldError, ProblemError } from '../../shared/problem.ts'
import type { NewAllocation } from '../../shared/schemas/allocation.ts'
import { fitsGrid, overlaps, readSpan, readWindow, requireBookable, toSpan } from './span.ts'

const [nine, ten] = [Date.parse('2027-03-01T09:00:00Z'), Date.parse('2027-03-01T10:00:00Z')]
const quarter_ms = 15 * 60_000
const runway = { name: 'Runway', grid: { length_ms: quarter_ms, origin_ms: nine } }

/** The codes and places of a refusal. */
function refusalOf(work: () => unknown) {
  try {
    return work()
  } catch (error) {
    const { code, members } = error as ProblemError
    return [code, ...(members.errors as FieldError[]).map(({ pointer }) => pointer)]
  }
}

describe('two spans', () => {
  it('overlap if they share a moment, and the end is none', () => {
    const span = { from: 2, to: 4 }
    const others: [number, number][] = [
      [0, 2],
      [0, 3],
      [3, 3.5],
      [3, 5],
      [4, 5],
      [-Infinity, Infinity],
    ]
    const found = others.map(([from, to]) => [
      overlaps(span, { from, to }),
      overlaps({ from, to }, span),
    ])
    expect(found.map(([one]) => one)).toEqual([false, true, true, true, false, true])
    expect(found.every(([one, other]) => one === other)).toBe(true)
  })
})

describe('the span of a booking', () => {
  /** The span, or the details of its faults by bound. */
  function read(body: NewAllocation, before?: { from: number; to: number }) {
    const errors: FieldError[] = []
    const { from, to } = readSpan(body, before, errors)
    return errors.length > 0
      ? errors.map(({ pointer, detail }) => pointer + ' ' + detail)
      : [from, to]
  }
  const [from_datetime, to_datetime] = ['2027-03-01T09:00:00Z', '2027-03-01T10:00:00Z']
  const needed = (name: string) =>
    `#/${name}_datetime Give ${name}_datetime, or ${name}_infinity: true to leave it unbounded.`

  it('has a start and an end, each a time or none on purpose', () => {
    expect(read({ from_datetime, to_datetime })).toEqual([nine, ten])
    expect(read({ from_datetime, to_infinity: true })).toEqual([nine, Infinity])
    expect(read({ from_infinity: true, to_datetime: to_datetime })).toEqual([-Infinity, ten])
    expect(read({ from_infinity: true, from_datetime: null, to_infinity: true })).toEqual([
      -Infinity,
      Infinity,
    ])
  })

  it('is refused with the reason for each bound', () => {
    expect(read({})).toEqual([needed('from'), needed('to')])
    expect(read({ from_datetime: null, to_datetime, to_infinity: false })).toEqual([needed('from')])
    expect(read({ from_datetime: '2027-02-30T09:00:00Z', to_datetime })).toEqual([
      expect.stringContaining('#/from_datetime Not a valid time.'),
    ])
    expect(read({ from_datetime, to_datetime, to_infinity: true })).toEqual([
      '#/to_datetime With to_infinity: true, to_datetime must be null.',
    ])
  })

  it('keeps what a change does not name', () => {
    const before = { from: nine, to: ten }
    expect(read({}, before)).toEqual([nine, ten])
    expect(read({ to_infinity: true }, before)).toEqual([nine, Infinity])
    expect(read({ from_infinity: false }, before)).toEqual([nine, ten])
    expect(read({ to_datetime: '2027-03-01T09:30:00Z' }, before)).toEqual([
      nine,
      nine + 2 * quarter_ms,
    ])
  })

  it('does not lose a bound by a null that does not say so', () => {
    expect(read({ to_datetime: null }, { from: nine, to: ten })).toEqual([needed('to')])
    expect(read({ to_datetime: null }, { from: nine, to: Infinity })).toEqual([nine, Infinity])
    expect(read({ from_datetime: null }, { from: -Infinity, to: ten })).toEqual([-Infinity, ten])
  })

  it('that had no end needs one once it is said not to be endless', () => {
    expect(read({ to_infinity: false }, { from: nine, to: Infinity })).toEqual([needed('to')])
    expect(read({ from_infinity: false }, { from: -Infinity, to: ten })).toEqual([needed('from')])
  })

  it('has no null for a time in a response, except where it is unbounded', () => {
    expect(toSpan({ from: nine, to: Infinity })).toEqual({
      from_datetime: '2027-03-01T09:00:00.000Z',
      to_datetime: null,
    })
  })
})

describe('a bookable time', () => {
  it('ends after it starts', () => {
    const car = { name: 'Car' }
    expect(refusalOf(() => requireBookable(car, { from: ten, to: nine }))).toEqual([
      'empty_span',
      '#/to_datetime',
    ])
    expect(refusalOf(() => requireBookable(car, { from: nine, to: nine }))).toEqual([
      'empty_span',
      '#/to_datetime',
    ])
    expect(refusalOf(() => requireBookable(car, { from: nine, to: nine + 1 }))).toBeUndefined()
  })

  it('is whole slots of its type, before its origin too, or unbounded', () => {
    const ends = [nine, nine - quarter_ms, ten, Infinity, nine + 1, nine - 1]
    const isOn = [true, true, true, true, false, false]
    for (const [at, end] of ends.entries()) {
      expect(fitsGrid(runway, { from: nine - 2 * quarter_ms, to: end })).toBe(isOn[at] === true)
      expect(fitsGrid(runway, { from: end, to: ten + quarter_ms })).toBe(isOn[at] === true)
      expect(fitsGrid({ name: 'Car' }, { from: end, to: end })).toBe(true)
    }
  })

  it('is counted from the origin of its type, which need not be a whole slot itself', () => {
    const origin_ms = nine + 300_000
    const fits = (from: number) =>
      fitsGrid(
        { name: 'Court', grid: { length_ms: quarter_ms, origin_ms } },
        { from, to: Infinity },
      )
    expect([fits(origin_ms + quarter_ms), fits(nine)]).toEqual([true, false])
  })

  it('off the grid is refused, with the bounds at fault and the grid', () => {
    const refuse = (from: number, to: number) =>
      refusalOf(() => requireBookable(runway, { from, to }))
    expect(refuse(nine, ten)).toBeUndefined()
    expect(refuse(nine + 1, ten)).toEqual(['not_on_slot_grid', '#/from_datetime'])
    expect(refuse(nine, ten + 1)).toEqual(['not_on_slot_grid', '#/to_datetime'])
    expect(refuse(nine + 1, ten + 1)).toEqual([
      'not_on_slot_grid',
      '#/from_datetime',
      '#/to_datetime',
    ])
    expect(() => requireBookable(runway, { from: nine, to: ten + 1 })).toThrow(
      'Book whole slots of 15 minutes, aligned to 2027-03-01T09:00:00.000Z.',
    )
  })
})

describe('a window of time', () => {
  it('is unbounded where it names no bound', () => {
    expect(readWindow({})).toEqual({ from: -Infinity, to: Infinity })
    expect(readWindow({ from: '2027-03-01T09:00:00Z' })).toEqual({ from: nine, to: Infinity })
    expect(readWindow({ to: '2027-03-01T10:00:00Z' })).toEqual({ from: -Infinity, to: ten })
  })

  it('is refused without a moment in it, or with times that do not exist', () => {
    const [from, to] = ['2027-03-01T09:00:00Z', '2027-03-01T09:00:00Z']
    expect(refusalOf(() => readWindow({ from, to }))).toEqual(['empty_span', '?to'])
    expect(refusalOf(() => readWindow({ from, to: 'never' }))).toEqual(['invalid_input', '?to'])
    expect(refusalOf(() => readWindow({ from: 'x', to: 'y' }))).toEqual([
      'invalid_input',
      '?from',
      '?to',
    ])
  })
})
