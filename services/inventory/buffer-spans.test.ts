import { describe, expect, it } from 'bun:test'
import type { Caller } from '../../shared/access.ts'
import {
  asNeighbour,
  buffersOf,
  keepsBuffers,
  lengthOf,
  noBuffers,
  shownSpan,
  toBusySpan,
  toKept,
  toMovedBounds,
  withBuffers,
  withoutBuffers,
} from './buffers.ts'

const buffers = { buffer_before_seconds: 60, buffer_after_seconds: 120 }
const nine = Date.parse('2027-03-01T09:00:00Z')
const ten = nine + 3_600_000
const shown = { from: nine, to: ten }
const busy = { from: nine - 60_000, to: ten + 120_000 }
const row = { from_datetime: busy.from, to_datetime: busy.to, ...buffers }

describe('the time kept free around a booking', () => {
  it('is that of its resource, even none, else that of the type', () => {
    const none = { buffer_before_seconds: null, buffer_after_seconds: null }
    expect(buffersOf(none, buffers)).toEqual(buffers)
    expect(buffersOf(noBuffers, buffers)).toEqual(noBuffers)
    expect(buffersOf({ ...none, buffer_after_seconds: 5 }, buffers)).toEqual({
      buffer_before_seconds: 60,
      buffer_after_seconds: 5,
    })
  })

  it('is added to what people see, and taken from what is free', () => {
    expect(withBuffers(shown, buffers)).toEqual(busy)
    expect(withoutBuffers(busy, buffers)).toEqual(shown)
    expect(shownSpan(row)).toEqual(shown)
    expect(shownSpan({ from_datetime: nine, to_datetime: ten })).toEqual(shown)
    expect(lengthOf(buffers)).toBe(180_000)
  })

  it('is told with a booking that has any', () => {
    const told = { busy_from: '2027-03-01T08:59:00.000Z', busy_to: '2027-03-01T10:02:00.000Z' }
    expect(toBusySpan(row)).toEqual(told)
    expect(toBusySpan({ ...row, buffer_before_seconds: 0 })).toEqual(told)
    expect(toBusySpan({ ...row, buffer_after_seconds: 0 })).toEqual(told)
    expect(toBusySpan({ ...row, ...noBuffers })).toEqual({})
  })

  it('is on the other side for a neighbour', () => {
    expect(asNeighbour(buffers)).toEqual({ buffer_before_seconds: 120, buffer_after_seconds: 60 })
  })

  it('moves with a booking, except to where that has no end', () => {
    expect(toMovedBounds(buffers, shown)).toEqual(row)
    expect(toMovedBounds(buffers, { from: -Infinity, to: ten })).toEqual({
      ...row,
      from_datetime: -Infinity,
      buffer_before_seconds: 0,
    })
    expect(toMovedBounds(buffers, { from: nine, to: Infinity })).toEqual({
      ...row,
      to_datetime: Infinity,
      buffer_after_seconds: 0,
    })
  })

  it('is kept by every booking, and by an administrator who blocks a resource on request', () => {
    const [anna, root] = [{ role: 'member' } as Caller, { role: 'admin' } as Caller]
    expect([keepsBuffers(anna), keepsBuffers(root)]).toEqual([true, true])
    expect(keepsBuffers(root, 'booking')).toBe(true)
    expect([keepsBuffers(anna, 'repair'), keepsBuffers(root, 'repair')]).toEqual([true, false])
    expect(toKept(true, shown)).toEqual({ keep_before: 1, keep_after: 1 })
    expect(toKept(false, shown)).toEqual({ keep_before: 0, keep_after: 0 })
    expect(toKept(true, { from: -Infinity, to: ten })).toEqual({ keep_before: 0, keep_after: 1 })
    expect(toKept(true, { from: nine, to: Infinity })).toEqual({ keep_before: 1, keep_after: 0 })
  })
})
