import { describe, expect, it } from 'bun:test'
import { assign, countEnough } from './assign.ts'

const nine = { from: 9, to: 10 }

describe('assignment', () => {
  it('reassigns items with alternatives, so that none goes without', () => {
    const demands = [
      { span: nine, choices: [1, 2] },
      { span: nine, choices: [1, 3] },
      { span: nine, choices: [1] },
    ]
    expect(assign(demands)).toEqual([2, 3, 1])
  })

  it('gives one resource to two at different times, and to one of two at the same', () => {
    expect(
      assign([1, 2].map((hour) => ({ span: { from: hour, to: hour + 1 }, choices: [7] }))),
    ).toEqual([7, 7])
    expect(assign([1, 2].map(() => ({ span: nine, choices: [7] })))).toEqual([7, undefined])
  })

  it('respects that a resource is free for one item but not for another', () => {
    const demands = [
      { span: { from: 1, to: 3 }, choices: [1, 0] },
      { span: { from: 2, to: 3 }, choices: [0, 1] },
      { span: { from: 1, to: 2 }, choices: [1, 0] },
    ]
    expect(assign(demands)).toEqual([1, 0, 0])
  })

  it('keeps two bookings of a resource as far apart as it must', () => {
    const demands = [1, 3].map((hour) => ({ span: { from: hour, to: hour + 1 }, choices: [7] }))
    for (const both of [demands, demands.toReversed()]) {
      expect(assign(both, new Map([[7, 1]]))).toEqual([7, 7])
      expect(assign(both, new Map([[7, 2]]))).toEqual([7, undefined])
    }
  })

  it('leaves out items without candidates', () => {
    expect(assign([{ span: nine, choices: [] }])).toEqual([undefined])
  })
})

describe('how many candidates are enough', () => {
  const days = Array.from({ length: 400 }, (_, day) => {
    return { span: { from: day * 24, to: day * 24 + 2 }, count: 1 }
  })
  const [first] = days as [(typeof days)[0]]

  it('is per day of a series, not for all of its days', () => {
    expect(days.map(({ span }) => countEnough(span, days, 0))).toEqual(days.map(() => 1))
  })

  it('counts items that need a gap, on either side', () => {
    expect([22, 23].map((least) => countEnough(first.span, days, least))).toEqual([1, 2])
    expect(countEnough({ from: 24, to: 26 }, days, 23)).toBe(3)
  })

  it('counts all items at one time', () => {
    const others = [2, 3].map((count) => ({ ...first, count }))
    expect(countEnough(first.span, [...days, ...others], 0)).toBe(6)
  })
})
