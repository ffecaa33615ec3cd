import { describe, expect, it } from 'bun:test'
import { instantPattern, readInstant, toInstant } from './instant.ts'

describe('instants', () => {
  it('accept what RFC 3339 allows, and are written in one form', () => {
    const noon = '2027-03-01T12:00:00.000Z'
    for (const text of [
      '2027-03-01T12:00:00Z',
      '2027-03-01t12:00:00z',
      '2027-03-01 12:00',
      '2027-03-01T13:00:00+01:00',
      '2027-03-01T06:30:00-05:30',
      '2027-03-01T12:00:00.000999Z',
    ]) {
      expect(new RegExp(instantPattern).test(text)).toBe(true)
      expect(toInstant(readInstant(text) ?? NaN)).toBe(noon)
    }
  })

  it('refuse moments that do not exist', () => {
    for (const text of [
      '2027-02-29T00:00:00Z',
      '2027-04-31T00:00:00Z',
      '2027-13-01T00:00:00Z',
      '2027-03-01T24:00:00Z',
      '2016-12-31T23:59:60Z',
      '0000-01-01T00:00:00Z',
      '0001-01-01T00:00:00+00:01',
      '9999-12-31T23:59:59-00:01',
      '2027-03-01T12:00:00+24:00',
    ]) {
      expect(readInstant(text)).toBeUndefined()
    }
    expect(readInstant('2028-02-29T00:00:00Z')).toBe(Date.UTC(2028, 1, 29))
  })

  it('have no form for infinity', () => {
    expect(toInstant(Infinity)).toBeNull()
    expect(toInstant(-Infinity)).toBeNull()
  })
})
