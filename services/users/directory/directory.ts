import { and, asc, inArray, isNull } from 'drizzle-orm'
import type { Caller } from '../../../shared/access.ts'
import type { Context } from '../../../shared/context.ts'
import { fold } from '../../../shared/fold.ts'
import { readCursor, rowsToAsk, toPage, type Page, type PageQuery } from '../../../shared/page.ts'
import { invalid } from '../../../shared/problem.ts'
import type { DirectoryEntry } from '../../../shared/schemas/directory.ts'
import { contains } from '@campus/store/contains.ts'
import type { UserRow, UsersTables } from '../tables.ts'
import { toDisplayName } from './display-name.ts'
import { isAfterName, isNamePosition, type NamePosition } from './order.ts'

export interface DirectoryQuery extends PageQuery {
  /** Comma-separated ids. */
  ids?: string | undefined
  q?: string | undefined
}

// No name has more; each is a condition on all rows.
const wordsMax = 8

/** Names by id and ids by name, and nothing else about people. */
export function createDirectory({ store }: Pick<Context, 'store'>, tables: UsersTables) {
  const { users, removedUsers } = tables
  const named = {
    id: users.id,
    display_name: users.display_name,
    username: users.username,
    disabled: users.disabled,
  }

  /** Current and removed accounts; unknown ids are left out. */
  async function listByIds(ids: string[]): Promise<DirectoryEntry[]> {
    const [present, removed] = await Promise.all([
      store.db.select(named).from(users).where(inArray(users.id, ids)),
      store.db
        .selectDistinct({ id: removedUsers.user_id })
        .from(removedUsers)
        .where(inArray(removedUsers.user_id, ids)),
    ])
    const entries = present.map(toEntry)
    // A restore can bring back a removed account.
    const known = new Set(entries.map(({ id }) => id))
    const gone = removed.filter(({ id }) => !known.has(id))
    return [...entries, ...gone.map(({ id }) => ({ id, display_name: null }))]
  }

  /** Active accounts by name. @param q words, each somewhere in the name */
  async function listByName(query: DirectoryQuery, caller: Caller): Promise<Page<DirectoryEntry>> {
    const after = readCursor(query, isNamePosition)
    const words = fold(query.q ?? '').split(' ', wordsMax)
    const isFound = query.q ? words.map((word) => contains(users.display_key, word)) : []
    const rows = await store
      .scan(caller.id)
      .db.select({ ...named, display_key: users.display_key })
      .from(users)
      .where(and(isNull(users.disabled), ...isFound, after && isAfterName(users, after)))
      .orderBy(asc(users.display_key), asc(users.id))
      .limit(rowsToAsk(query))
    const page = toPage(rows, query, ({ display_key, id }): NamePosition => [display_key, id])
    return { ...page, items: page.items.map(toEntry) }
  }

  /** @throws 422 when both are given, 503 when too many searches of the caller wait */
  return async function list(query: DirectoryQuery, caller: Caller): Promise<Page<DirectoryEntry>> {
    const { ids, q } = query
    if (ids === undefined) return listByName(query, caller)
    if (q) throw invalid([{ pointer: '?q', detail: 'Send either q or ids, not both.' }])
    return { items: await listByIds(ids.split(',')), next: undefined }
  }
}

type Named = Pick<UserRow, 'id' | 'display_name' | 'username' | 'disabled'>

export type Directory = ReturnType<typeof createDirectory>

function toEntry(user: Named): DirectoryEntry {
  const { id, disabled } = user
  return { id, display_name: toDisplayName(user), ...(disabled !== null && { disabled: true }) }
}
