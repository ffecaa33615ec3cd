import { describe, expect, it } from 'bun:test'
import type { Column } from 'drizzle-orm'
import {
  isVisible,
  toVisibleTo,
  unrestricted,
  whereVisible,
  writeGroups,
  type Viewer,
} from './visibility.ts'

const member: Viewer = { role: 'member', groups: ['drivers', 'pilots'] }
const stranger: Viewer = { role: 'member', groups: [] }
const admin: Viewer = { role: 'admin', groups: [] }
const visible_to = writeGroups(['pilots', 'cooks', 'pilots'])

describe('a resource for some groups', () => {
  it('is seen by who is in one of them, and by administrators', () => {
    const seen = [member, stranger, admin, unrestricted].map((viewer) =>
      isVisible(viewer, { visible_to }),
    )
    expect(seen).toEqual([true, false, true, true])
    expect(isVisible(stranger, { visible_to: null })).toBe(true)
    expect(isVisible(member, { visible_to: writeGroups([]) })).toBe(false)
  })

  it('shows a member only those groups the member is in', () => {
    expect(toVisibleTo(member, { visible_to })).toEqual(['pilots'])
    expect(toVisibleTo(stranger, { visible_to })).toEqual([])
    expect(toVisibleTo(admin, { visible_to })).toEqual(['cooks', 'pilots'])
    expect(toVisibleTo(admin, { visible_to: null })).toBeNull()
    expect(toVisibleTo(member, { visible_to: null })).toBeNull()
  })

  it('names each group once, in one order, so that equal lists are equal text', () => {
    expect(visible_to).toBe('["cooks","pilots"]')
    expect(writeGroups(null)).toBeNull()
  })

  it('is asked for with a condition, except by administrators', () => {
    const column = { visible_to: {} as Column }
    expect(whereVisible(admin, column)).toBeUndefined()
    expect(whereVisible(stranger, column)).toBeDefined()
  })
})
