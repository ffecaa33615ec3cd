import { describe, expect, it } from 'bun:test'
import type { FieldError, ProblemError } from '../../shared/problem.ts'
import type { NewResourceType, ResourceTypeChange } from '../../shared/schemas/resource-type.ts'
import type { ResourceTypeRow } from './tables.ts'
import { readTypeValues, toBookable, toResourceType } from './type-values.ts'

const year2000 = Date.parse('2000-01-01T00:00:00Z')
const nine = '2027-03-01T09:00:00Z'
const room: NewResourceType = { name: 'Room' }
const slotted = readTypeValues({ name: 'Court', slot_seconds: 1800, slot_origin: nine })

function faultsOf(body: NewResourceType | ResourceTypeChange, before?: typeof slotted): string[] {
  try {
    readTypeValues(body, before)
    return []
  } catch (error) {
    const errors = (error as ProblemError).members.errors as FieldError[]
    return errors.map(({ pointer }) => pointer)
  }
}

describe('a new type', () => {
  it('is continuous, without rules or time kept free, and named by its plural in paths', () => {
    expect(readTypeValues({ name: 'Room', plural: 'Meeting rooms' })).toEqual({
      name: 'Room',
      plural: 'Meeting rooms',
      segment: 'meeting-rooms',
      slot_seconds: null,
      slot_origin: null,
      buffer_before_seconds: 0,
      buffer_after_seconds: 0,
      property_schema: JSON.stringify({
        type: 'object',
        properties: {},
        required: [],
        additionalProperties: false,
      }),
    })
    expect(readTypeValues(room)).toMatchObject({ plural: 'Room', segment: 'room' })
  })

  it.each([
    ['Größe & Länge', 'gro-e-lange'],
    ['3 D printers', 'd-printers'],
    ['42', ''],
    ['Räume', 'raume'],
    [`${'a'.repeat(49)} b`, 'a'.repeat(49)],
  ])('%s has the path %p', (plural, segment) => {
    if (segment === '') return expect(faultsOf({ ...room, plural })).toEqual(['#/segment'])
    expect(readTypeValues({ ...room, plural }).segment).toBe(segment)
  })

  it('of slots has whole minutes, counted from 2000 unless it says so', () => {
    expect(readTypeValues({ ...room, slot_seconds: 1800 })).toMatchObject({
      slot_seconds: 1800,
      slot_origin: year2000,
    })
    expect(slotted).toMatchObject({ slot_seconds: 1800, slot_origin: Date.parse(nine) })
    expect(faultsOf({ ...room, slot_seconds: 90 })).toEqual(['#/slot_seconds'])
    expect(() => readTypeValues({ ...room, kind: 'interval' })).toThrow('requires a slot length')
    expect(faultsOf({ ...room, slot_seconds: 1800, slot_origin: 'noon' })).toEqual([
      '#/slot_origin',
    ])
  })

  it('that contradicts itself about slots is refused', () => {
    expect(faultsOf({ ...room, kind: 'continuous', slot_seconds: 1800 })).toEqual(['#/kind'])
    expect(faultsOf({ ...room, kind: 'continuous', slot_origin: nine })).toEqual(['#/kind'])
    expect(faultsOf({ ...room, slot_origin: nine })).toEqual(['#/kind'])
    expect(faultsOf({ ...room, kind: 'interval', slot_seconds: null })).toEqual(['#/kind'])
    expect(faultsOf({ ...room, kind: 'continuous' })).toEqual([])
    expect(faultsOf({ ...room, slot_seconds: null })).toEqual([])
  })

  it('reports all of its faults at once', () => {
    const properties = { Bad: { type: 'string' as const } }
    const body = { ...room, plural: '1', slot_seconds: 90, property_schema: { properties } }
    expect(faultsOf(body)).toEqual([
      '#/segment',
      '#/slot_seconds',
      '#/property_schema/properties/Bad',
    ])
  })
})

describe('a change of a type', () => {
  it('keeps what it does not name', () => {
    const seats = { properties: { seats: { type: 'integer' as const } } }
    const { property_schema } = readTypeValues({ ...room, property_schema: seats })
    const before = {
      ...slotted,
      buffer_before_seconds: 60,
      buffer_after_seconds: 120,
      property_schema,
    }
    expect(readTypeValues({}, before)).toEqual(before)
    expect(readTypeValues({ name: 'Hall' }, before)).toEqual({ ...before, name: 'Hall' })
    expect(readTypeValues({ buffer_before_seconds: 0 }, before)).toEqual({
      ...before,
      buffer_before_seconds: 0,
    })
    expect(readTypeValues({ buffer_after_seconds: 0 }, before)).toEqual({
      ...before,
      buffer_after_seconds: 0,
    })
    expect(readTypeValues({ property_schema: {} }, before).property_schema).not.toContain('seats')
  })

  it('of the slots keeps the other half of the grid', () => {
    expect(readTypeValues({ slot_seconds: 600 }, slotted)).toMatchObject({
      slot_seconds: 600,
      slot_origin: Date.parse(nine),
    })
    const slot_origin = '2027-03-01T09:10:00Z'
    expect(readTypeValues({ slot_origin }, slotted)).toMatchObject({
      slot_seconds: 1800,
      slot_origin: Date.parse(slot_origin),
    })
    expect(readTypeValues({ kind: 'interval' }, slotted)).toMatchObject({ slot_seconds: 1800 })
  })

  it('ends the slots on request', () => {
    const none = { slot_seconds: null, slot_origin: null }
    expect(readTypeValues({ kind: 'continuous' }, slotted)).toMatchObject(none)
    expect(readTypeValues({ slot_seconds: null }, slotted)).toMatchObject(none)
  })
})

describe('a type on the wire', () => {
  const row: Omit<ResourceTypeRow, 'number' | 'version'> = {
    ...slotted,
    id: '01890a5d-ac96-774b-bcce-b302099a8057',
    created: year2000,
    declared: 0,
    managed_by: null,
  } as never

  it('of slots has their length and origin, and no path of its own', () => {
    expect(toResourceType(row)).toMatchObject({
      resource_type: 'Court',
      kind: 'interval',
      slot_origin: '2027-03-01T09:00:00.000Z',
      path: '/api/resources',
      declared: false,
    })
  })

  it('that is declared and continuous has a path, and no origin', () => {
    const declared = { ...row, declared: 1, slot_seconds: null, slot_origin: null }
    expect(toResourceType(declared)).toMatchObject({
      kind: 'continuous',
      slot_origin: null,
      path: '/api/court',
      declared: true,
    })
  })

  it('is booked by its grid, if it has one, and through who manages it', () => {
    expect(toBookable(row)).toEqual({
      name: 'Court',
      grid: { length_ms: 1_800_000, origin_ms: Date.parse(nine) },
    })
    const managed = { ...row, slot_seconds: null, slot_origin: null, managed_by: 'bookings' }
    expect(toBookable(managed)).toEqual({ name: 'Court', managedBy: 'bookings' })
  })
})
