import { expect, it } from 'bun:test'
import type { Caller } from '../../shared/access.ts'
import { toConflict } from './booking.ts'
import type { AllocationRow } from './tables.ts'

const row = {
  id: 'a',
  from_datetime: 0,
  to_datetime: 1000,
  buffer_before_seconds: 0,
  buffer_after_seconds: 0,
  allocation_type: 'booking',
  booked_for: 'anna',
  created_by: 'service:bookings',
  held_until: null,
} as AllocationRow
const secret = { visible_to: '["board"]' }
const member: Caller = { id: 'ben', role: 'member', email: '', login: '', groups: [] }
const whose = { booked_for: 'anna', allocation_type: 'booking' }

it('says whose a conflicting booking is to whoever sees its resource', () => {
  expect(toConflict(row, member, { visible_to: null })).toMatchObject(whose)
  expect(toConflict(row, { ...member, groups: ['board'] }, secret)).toMatchObject(whose)
  expect(toConflict(row, { ...member, role: 'admin' }, secret)).toMatchObject(whose)
  expect(toConflict(row, { ...member, id: 'anna' }, secret)).toMatchObject({ ...whose, mine: true })
})

it('says only when it is to somebody who does not', () => {
  expect(toConflict(row, member, secret)).toEqual({
    id: 'a',
    from_datetime: '1970-01-01T00:00:00.000Z',
    to_datetime: '1970-01-01T00:00:01.000Z',
    status: 'confirmed',
    mine: false,
  })
})
