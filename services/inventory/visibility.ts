import { isNull, or, type Column, type SQL } from 'drizzle-orm'
import { isAdministrator, type Caller } from '../../shared/access.ts'
import { contains } from '@campus/store/contains.ts'
import type { ResourceRow } from './tables.ts'

/** A viewer, with the groups of their token or API key. */
export type Viewer = Pick<Caller, 'role' | 'groups'>

/** What says who may know of a resource. */
export type Restricted = Pick<ResourceRow, 'visible_to'>

/** Sees every resource; for rules that check the viewer otherwise. */
export const unrestricted: Viewer = { role: 'system', groups: [] }

/** Whether a viewer may know of a resource; if not, responses must be as if it did not exist. */
export function isVisible(viewer: Viewer, { visible_to }: Restricted): boolean {
  if (visible_to === null || isAdministrator(viewer)) return true
  return readGroups(visible_to).some((id) => viewer.groups.includes(id))
}

/** SQL condition: the viewer may know of a resource; undefined for one who sees everything. */
export function whereVisible(
  viewer: Viewer,
  { visible_to }: { visible_to: Column },
): SQL | undefined {
  if (isAdministrator(viewer)) return undefined
  return or(isNull(visible_to), ...viewer.groups.map((id) => containsGroup(visible_to, id)))
}

/** SQL condition: the column names a group. */
export function containsGroup(visible_to: Column, id: string): SQL {
  return contains(visible_to, JSON.stringify(id))
}

/** A list of groups as stored: each once, sorted, so that equal lists are equal text. */
export function writeGroups(ids: readonly string[] | null): string | null {
  return ids && JSON.stringify([...new Set(ids)].toSorted())
}

export function readGroups(visible_to: string): string[] {
  return JSON.parse(visible_to) as string[]
}

/** The groups shown to a viewer: members see only those they are in. */
export function toVisibleTo(viewer: Viewer, { visible_to }: Restricted): string[] | null {
  if (visible_to === null) return null
  const ids = readGroups(visible_to)
  return isAdministrator(viewer) ? ids : ids.filter((id) => viewer.groups.includes(id))
}
