import { toKey } from '../../../shared/fold.ts'
import { invalid } from '../../../shared/problem.ts'
import type { UserRow } from '../tables.ts'

/**
 * The columns of a name.
 * @param wanted undefined: the part of the address before the @
 * @throws 422 for one in which nothing can be read
 */
export function toNameColumns(
  wanted: string | undefined,
  email: string,
): Pick<UserRow, 'display_name' | 'display_key'> {
  // One spelling for what looks the same.
  const display_name = (wanted ?? email.slice(0, email.lastIndexOf('@'))).normalize('NFC')
  if (wanted !== undefined && !/[\p{L}\p{N}]/u.test(wanted)) throw unreadable()
  return { display_name, display_key: toKey(display_name) }
}

/** What a row that was written by hand lacks, its username stands for. */
export function toDisplayName(user: Pick<UserRow, 'display_name' | 'username'>): string {
  return user.display_name || user.username
}

function unreadable() {
  return invalid([{ pointer: '#/display_name', detail: 'It needs at least one letter or digit.' }])
}
