import { describe, expect, it } from 'bun:test'
import { assign } from './assign.ts'

const nine = { from: 9, to: 10 }

describe('who gets which', () => {
  it('moves who could have another one, so that nobody goes without', () => {
    const demands = [
      { span: nine, choices: [1, 2] },
      { span: nine, choices: [1, 3] },
      { span: nine, choices: [1] },
    ]
    expect(assign(demands)).toEqual([2, 3, 1])
  })

  it('gives one to two at different times, and to one of two at the same', () => {
    expect(
      assign([1, 2].map((hour) => ({ span: { from: hour, to: hour + 1 }, choices: [7] }))),
    ).toEqual([7, 7])
    expect(assign([1, 2].map(() => ({ span: nine, choices: [7] })))).toEqual([7, undefined])
  })

  it('gives what is free at its time, though another cannot move there at his', () => {
    const demands = [
      { span: { from: 1, to: 3 }, choices: [1, 0] },
      { span: { from: 2, to: 3 }, choices: [0, 1] },
      { span: { from: 1, to: 2 }, choices: [1, 0] },
    ]
    expect(assign(demands)).toEqual([1, 0, 0])
  })

  it('leaves out who has no choice', () => {
    expect(assign([{ span: nine, choices: [] }])).toEqual([undefined])
  })
})
