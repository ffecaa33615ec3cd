import { describe, expect, it } from 'bun:test'
import type { Answer, Operation } from './operation.ts'
import { checkWave, type Done, type FiredWave, type Row } from './wave-check.ts'

const resource = 'a car'
const row = (booking: string, from: number, to: number): Row => ({
  booking,
  resource,
  span: { from, to },
  version: 1,
  held_until: null,
})
const book = (booking: string, from: number, to: number): Operation => ({
  does: 'book',
  resource,
  booking,
  span: { from, to },
})
const created: Answer = { status: 201, held_until: null, replayed: false }
const refused: Answer = { status: 409, code: 'allocation_overlap', conflicts: [] }

function check(wave: Partial<FiredWave>): string[] {
  return checkWave({ now: 0, mayDeadlock: false, done: [], before: [], after: [], ...wave }).map(
    ({ what }) => what,
  )
}

function did(operation: Operation, answer: Answer): Done {
  return { operation, answer }
}

describe('the check of a wave', () => {
  it('accepts one winner of two that touch, and one loser of two that overlap', () => {
    const done = [
      did(book('a', 0, 10), created),
      did(book('b', 10, 20), created),
      did(book('c', 19, 30), refused),
    ]
    expect(check({ done, after: [row('a', 0, 10), row('b', 10, 20)] })).toEqual([])
  })

  it('misses an acknowledged booking', () => {
    expect(check({ done: [did(book('a', 0, 10), created)] })).toEqual(['a is lost'])
  })

  it('finds two that overlap by a millisecond', () => {
    const before = [row('a', 0, 11), row('b', 10, 20)]
    expect(check({ before, after: before })).toEqual(['a overlaps b'])
  })

  it('finds a row without a response', () => {
    const done = [did(book('a', 0, 10), { ...refused, code: 'allocation_overlap' })]
    const faults = check({ done, after: [row('a', 0, 10)] })
    expect(faults).toContain('a is stored, and nobody was told')
  })

  it('finds a refusal with nothing in the way', () => {
    const before = [row('b', 10, 20)]
    const faults = check({ done: [did(book('a', 0, 10), refused)], before, after: before })
    expect(faults).toEqual([expect.stringContaining('was refused for nothing')])
  })

  it('finds a refusal that names an unknown booking', () => {
    const conflicts = [{ booking: 'b', span: { from: 1, to: 20 } }]
    const before = [row('b', 5, 20)]
    const done = [did(book('a', 0, 10), { ...refused, conflicts })]
    expect(check({ done, before, after: before })).toEqual([
      expect.stringContaining('was refused for nothing'),
    ])
  })

  it('finds a move by hand that a later change took back', () => {
    const change: Operation = { does: 'change', resource, booking: 'a', span: {} }
    const move: Operation = {
      does: 'move by hand',
      resource,
      booking: 'a',
      span: { from: 50, to: 60 },
    }
    const done = [
      did(move, { status: 200 }),
      did(change, {
        status: 200,
        booking: 'a',
        span: { from: 0, to: 10 },
        version: 2,
        held_until: null,
      }),
    ]
    const faults = check({
      done,
      before: [row('a', 0, 10)],
      after: [{ ...row('a', 0, 10), version: 2 }],
    })
    expect(faults).toEqual(['a has a from that nobody gave it', 'a has a to that nobody gave it'])
  })

  it('finds two changes unaware of each other', () => {
    const change = (span: { from?: number; to?: number }): Operation => ({
      does: 'change',
      resource,
      booking: 'a',
      span,
    })
    const done = [
      did(change({ from: 5 }), {
        status: 200,
        span: { from: 5, to: 10 },
        version: 2,
        held_until: null,
      }),
      did(change({ to: 20 }), {
        status: 200,
        span: { from: 0, to: 20 },
        version: 3,
        held_until: null,
      }),
    ]
    const faults = check({
      done,
      before: [row('a', 0, 10)],
      after: [{ ...row('a', 0, 20), version: 3 }],
    })
    expect(faults).toContain('a lost a change before version 3')
  })

  it('finds a double release, or a released row that still exists', () => {
    const release: Operation = { does: 'release', resource, booking: 'a' }
    const before = [row('a', 0, 10)]
    const done = [did(release, { status: 204 })]
    expect(check({ done: [...done, ...done], before })).toEqual(['a was released 2 times'])
    expect(check({ done, before, after: before })).toEqual(['a was released, and is still there'])
  })

  const both: Operation = {
    does: 'book bundle',
    resource,
    wanted: [
      { resource, booking: 'a', span: { from: 0, to: 10 } },
      { resource, booking: 'b', span: { from: 20, to: 30 } },
    ],
    skip: false,
  }
  const made = [{ resource, booking: 'a', span: { from: 0, to: 10 }, held_until: null }]

  it('finds half a bundle, acknowledged or not', () => {
    const told = did(both, { status: 201, made, skipped: [], replayed: false })
    expect(check({ done: [told], after: [row('a', 0, 10)] })).toEqual([
      expect.stringContaining('is there in part'),
    ])
    const before = [row('c', 25, 35)]
    const conflicts = [{ booking: 'c', span: { from: 25, to: 35 } }]
    const refusal = { item: 1, code: 'allocation_overlap', conflicts }
    const silent = did(both, { status: 409, code: 'not_all_free', refused: [refusal] })
    expect(check({ done: [silent], before, after: before })).toEqual([])
    expect(check({ done: [silent], before, after: [...before, row('a', 0, 10)] })).toEqual([
      'a is stored, and nobody was told',
    ])
  })

  it('finds a refused any-of while enough was free', () => {
    const pool = { number: 1, resources: [resource] }
    const span = { from: 0, to: 10 }
    const asked: Operation = { does: 'book any', resource, pool, wanted: ['a'], span, skip: false }
    const refused = [{ item: 0, code: 'none_free', conflicts: [] }]
    const done = [did(asked, { status: 409, code: 'not_all_free', refused })]
    expect(check({ done })).toEqual([expect.stringContaining('was refused for nothing')])
    expect(check({ done, before: [row('b', 5, 6)], after: [row('b', 5, 6)] })).toEqual([])
  })

  it('finds a hold confirmed after its end, or still held', () => {
    const hold = { ...row('a', 0, 10), held_until: 99 }
    const end: Operation = { does: 'end by hand', resource, booking: 'a' }
    const confirm: Operation = { does: 'confirm', resource, booking: 'a' }
    const answer = { status: 200, span: { from: 0, to: 10 }, version: 2, held_until: null }
    const before = [hold]
    const ended = did(end, { status: 200 })
    expect(check({ done: [ended], before })).toEqual([])
    expect(check({ done: [ended], before, after: before })).toEqual([
      'a was released, and is still there',
    ])
    const after = [{ ...hold, version: 2 }]
    expect(check({ done: [did(confirm, answer)], before, after })).toEqual([
      'a is held until 99, not null',
    ])
  })
})
