import { and, eq, isNull, or, type SQL } from 'drizzle-orm'
import type { UsersTables } from '../tables.ts'
import type { InvitationRow } from './tables.ts'

/** What the link of an invitation is sealed for. */
export function linkIdOf({ id, link_id }: Pick<InvitationRow, 'id' | 'link_id'>): string {
  return link_id ?? id
}

/** SQL condition: the link of an invitation is sealed for that. Both columns are indexed. */
export function hasLink(
  { id, link_id }: UsersTables['invitations'],
  linkId: string,
): SQL | undefined {
  return or(eq(link_id, linkId), and(isNull(link_id), eq(id, linkId)))
}
