import { toKey } from '../../../shared/fold.ts'
import { invalid } from '../../../shared/problem.ts'
import type { UserRow } from '../tables.ts'

/**
 * The columns of a name.
 * @param wanted undefined: the part of the address before the @
 * @throws 422 for a name without visible characters
 */
export function toNameColumns(
  wanted: string | undefined,
  email: string,
): Pick<UserRow, 'display_name' | 'display_key'> {
  // One normal form for identical-looking names.
  const display_name = (wanted ?? email.slice(0, email.lastIndexOf('@'))).normalize('NFC')
  if (wanted !== undefined && !/[\p{L}\p{N}]/u.test(wanted)) throw unreadable()
  return { display_name, display_key: toKey(display_name) }
}

/** Falls back to the username for rows written by hand. */
export function toDisplayName(user: Pick<UserRow, 'display_name' | 'username'>): string {
  return user.display_name || user.username
}

function unreadable() {
  return invalid([{ pointer: '#/display_name', detail: 'It needs at least one letter or digit.' }])
}
