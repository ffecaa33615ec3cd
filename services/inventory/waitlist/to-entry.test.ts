import { describe, expect, it } from 'bun:test'
import type { WaitlistRow } from '../tables.ts'
import { ownerOf, toEntry, toNewEntry, type FoundEntry } from './to-entry.ts'

const hour = 3_600_000
const nine = Date.parse('2027-03-01T09:00:00Z')
const row = {
  id: 'entry',
  conditions: '[]',
  earliest: nine,
  latest_start: nine + 2 * hour,
  latest: nine + 3 * hour,
  until: nine + 2 * hour,
  hold_seconds: null,
  description: '',
  reference: null,
  created: nine - hour,
  created_by: 'anna',
  booked_for: null,
  served_from: null,
} as unknown as WaitlistRow
const found: FoundEntry = {
  row,
  resource_type: 'Car',
  resource_id: null,
  served_id: null,
  isOpen: true,
  ahead: 2,
}

describe('an entry of the waiting list', () => {
  it('that waits says how long, for what, and its place', () => {
    expect(toEntry(found)).toEqual({
      id: 'entry',
      status: 'waiting',
      position: 3,
      resource_type: 'Car',
      resource_id: null,
      where: null,
      earliest: '2027-03-01T09:00:00.000Z',
      latest: '2027-03-01T12:00:00.000Z',
      duration: 'PT1H',
      on_free: 'book',
      hold_for: null,
      until: '2027-03-01T11:00:00.000Z',
      description: '',
      reference: null,
      created: '2027-03-01T08:00:00.000Z',
      created_by: 'anna',
      booked_for: 'anna',
      allocation: null,
    })
  })

  it('that was served says with what and when, and has no place', () => {
    const served = { ...row, served_from: nine + hour, hold_seconds: 900 }
    expect(toEntry({ ...found, row: served, isOpen: false, served_id: 'car 1' })).toMatchObject({
      status: 'served',
      position: null,
      on_free: 'hold',
      hold_for: 'PT15M',
      allocation: {
        id: 'entry',
        resource_id: 'car 1',
        from_datetime: '2027-03-01T10:00:00.000Z',
        to_datetime: '2027-03-01T11:00:00.000Z',
      },
    })
    // Its booking was pruned.
    expect(toEntry({ ...found, row: served, isOpen: false })).toMatchObject({ allocation: null })
  })

  it('that was not served in time is expired', () => {
    const over = toEntry({ ...found, isOpen: false })
    expect(over).toMatchObject({ status: 'expired', position: null, allocation: null })
  })

  it('that is new waits, and knows no place yet', () => {
    const entry = toNewEntry(row, 'Car', { resource_id: 'car 1' })
    expect(entry).toMatchObject({ status: 'waiting', position: null, resource_id: 'car 1' })
    expect(toNewEntry(row, 'Car', {}).resource_id).toBeNull()
  })

  it('is of whom it is booked for', () => {
    expect(ownerOf({ ...row, booked_for: 'ben' })).toBe('ben')
    expect(toEntry({ ...found, row: { ...row, booked_for: 'ben' } }).booked_for).toBe('ben')
  })
})
