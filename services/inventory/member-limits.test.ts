import { describe, expect, it } from 'bun:test'
import type { Caller } from '../../shared/access.ts'
import type { ProblemError } from '../../shared/problem.ts'
import { readHold } from './hold-time.ts'
import { requireMayBookFor, requireMemberSpan } from './member-limits.ts'

const anna = { id: 'anna', role: 'member' } as Caller
const root = { id: 'root', role: 'admin' } as Caller
const day = 86_400_000
const codeOf = (work: () => unknown) => {
  try {
    return work()
  } catch (error) {
    return (error as ProblemError).code
  }
}

describe('a member', () => {
  it('books at most a leap year, with a start and an end', () => {
    const span = (from: number, to: number, who = anna) =>
      codeOf(() => requireMemberSpan(who, { from, to }))
    expect(span(0, 366 * day)).toBeUndefined()
    expect(span(0, 366 * day + 1)).toBe('span_too_long')
    expect(span(0, Infinity)).toBe('span_too_long')
    expect(span(-Infinity, 0)).toBe('span_too_long')
    expect(span(-Infinity, Infinity, root)).toBeUndefined()
  })

  it('books for nobody else', () => {
    const book = (who: Caller, whom?: string) => codeOf(() => requireMayBookFor(who, whom))
    expect([book(anna), book(anna, 'anna'), book(root, 'anna')]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
    expect(book(anna, 'ben')).toBe('forbidden')
  })
})

describe('a hold', () => {
  it('lasts from a second to a day', () => {
    expect(readHold('PT1H2M3S', 1000)).toBe(1000 + 3_723_000)
    expect(readHold('PT15M', 0)).toBe(900_000)
    expect(readHold('PT24H', 0)).toBe(day)
    expect(codeOf(() => readHold('PT24H1S', 0))).toBe('hold_too_long')
    expect(codeOf(() => readHold('PT0S', 0))).toBe('invalid_input')
    expect(readHold('PT1S', 0)).toBe(1000)
  })

  it('is none without a duration', () => {
    expect(readHold(undefined, 0)).toBeNull()
  })
})
