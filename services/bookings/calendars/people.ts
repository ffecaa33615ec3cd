import type { Caller } from '../../../shared/access.ts'
import type { Context } from '../../../shared/context.ts'
import { unavailable } from '../../../shared/problem.ts'
import { isId } from '../../../shared/schemas/primitive.ts'
import type { GroupsOfUsers } from '../../../shared/schemas/user.ts'
import type { UsersApi } from '../../users/index.ts'

type Person = GroupsOfUsers[number]

// The most one request may name.
const peopleAtOnce = 200

/** Looks people up in users each time, as rights may have ended a second ago. */
export function createPeople({ client }: Pick<Context, 'client'>) {
  /** Existing accounts by id. @throws 503 while users is unavailable */
  async function find(ids: Iterable<string>): Promise<Map<string, Person>> {
    const all = [...new Set(ids)].filter(isId)
    const found = new Map<string, Person>()
    for (let at = 0; at < all.length; at += peopleAtOnce) {
      const some = { ids: all.slice(at, at + peopleAtOnce) }
      const { data, error } = await client<UsersApi>('users').api.users.groups.post(some)
      if (error) {
        throw unavailable('users_unavailable', 'Accounts cannot be looked up now. Please retry.')
      }
      for (const person of data) found.set(person.user_id, person)
    }
    return found
  }

  return {
    /** The rights a person acts with; undefined without an active account. */
    findCaller: async (id: string): Promise<Caller | undefined> => {
      const person = (await find([id])).get(id)
      if (!person || person.disabled) return undefined
      const role = person.administrator ? 'admin' : 'member'
      return { id, role, email: '', login: '', groups: person.groups }
    },
    /** Names by id; removed accounts are left out. */
    findNames: async (ids: Iterable<string>): Promise<Map<string, string>> =>
      new Map([...(await find(ids))].map(([id, { display_name }]) => [id, display_name])),
  }
}

export type People = ReturnType<typeof createPeople>
