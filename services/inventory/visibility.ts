import { isNull, or, type Column, type SQL } from 'drizzle-orm'
import { isAdministrator, type Caller } from '../../shared/access.ts'
import { contains } from '../../shared/store/contains.ts'
import type { ResourceRow } from './tables.ts'

/** Who looks: with the groups of their token, or of their API key. */
export type Viewer = Pick<Caller, 'role' | 'groups'>

type Restricted = Pick<ResourceRow, 'visible_to'>

/** Sees every resource. For rules that decide by something else who is told. */
export const unrestricted: Viewer = { role: 'system', groups: [] }

/** Whether somebody may know of a resource; else no answer may differ from that for no resource. */
export function isVisible(viewer: Viewer, { visible_to }: Restricted): boolean {
  if (visible_to === null || isAdministrator(viewer)) return true
  return readGroups(visible_to).some((id) => viewer.groups.includes(id))
}

/** The same as an SQL condition; undefined for who sees all. */
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

/** The column of a list of groups: each once, in order, so that the same ones are the same text. */
export function writeGroups(ids: readonly string[] | null): string | null {
  return ids && JSON.stringify([...new Set(ids)].toSorted())
}

export function readGroups(visible_to: string): string[] {
  return JSON.parse(visible_to) as string[]
}

/** What somebody is told of who sees it: members only of groups they are in themselves. */
export function toVisibleTo(viewer: Viewer, { visible_to }: Restricted): string[] | null {
  if (visible_to === null) return null
  const ids = readGroups(visible_to)
  return isAdministrator(viewer) ? ids : ids.filter((id) => viewer.groups.includes(id))
}
