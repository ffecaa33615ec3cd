import { describe, expect, it } from 'bun:test'
import { firstFit } from './first-fit.ts'

const minute = 60_000
const at = (minutes: number) => minutes * minute
const anywhere = { slot_seconds: null, slot_origin: null }
/** Half an hour between 9:00 and 12:00, seen long before. */
const wanted = { earliest: at(540), latest_start: at(690), latest: at(720) }
const free = { resource: 1, from: at(0), to: at(1440), now: at(10) }

describe('the first time in a free span', () => {
  it('is as early as wanted, and as the span', () => {
    expect(firstFit(free, wanted, anywhere)).toBe(at(540))
    expect(firstFit({ ...free, from: at(600) }, wanted, anywhere)).toBe(at(600))
    expect(firstFit({ ...free, from: -Infinity, to: Infinity }, wanted, anywhere)).toBe(at(540))
  })

  it('is from the next whole minute on', () => {
    expect(firstFit({ ...free, now: at(600) + 1 }, wanted, anywhere)).toBe(at(601))
    expect(firstFit({ ...free, now: at(600) }, wanted, anywhere)).toBe(at(601))
  })

  it('ends within the span and by the latest, or is none', () => {
    expect(firstFit({ ...free, to: at(570) }, wanted, anywhere)).toBe(at(540))
    expect(firstFit({ ...free, to: at(569) }, wanted, anywhere)).toBeUndefined()
    expect(firstFit({ ...free, from: at(690) }, wanted, anywhere)).toBe(at(690))
    expect(firstFit({ ...free, from: at(691) }, wanted, anywhere)).toBeUndefined()
  })

  it('is on the grid, counted from its origin, in whole slots', () => {
    const grid = { slot_seconds: 1800, slot_origin: at(5) }
    expect(firstFit(free, wanted, grid)).toBe(at(545))
    expect(firstFit({ ...free, from: at(545) }, wanted, grid)).toBe(at(545))
    expect(firstFit({ ...free, from: at(546) }, wanted, grid)).toBe(at(575))
    expect(firstFit({ ...free, to: at(574) }, wanted, grid)).toBeUndefined()
    expect(firstFit(free, wanted, { ...grid, slot_seconds: 1200 })).toBeUndefined()
  })
})
