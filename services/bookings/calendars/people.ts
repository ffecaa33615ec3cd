import type { Caller } from '../../../shared/access.ts'
import type { Context } from '../../../shared/context.ts'
import { unavailable } from '../../../shared/problem.ts'
import { isId } from '../../../shared/schemas/primitive.ts'
import type { GroupsOfUsers } from '../../../shared/schemas/user.ts'
import type { UsersApi } from '../../users/index.ts'

type Person = GroupsOfUsers[number]

// As many as one request may name.
const peopleAtOnce = 200

/** Who people are now: asked of users each time, as rights may have ended a second ago. */
export function createPeople({ client }: Pick<Context, 'client'>) {
  /** Those who have an account, by id. @throws 503 while users is away */
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
    /** As whom a person acts; undefined when they have no account in use. */
    findCaller: async (id: string): Promise<Caller | undefined> => {
      const person = (await find([id])).get(id)
      if (!person || person.disabled) return undefined
      const role = person.administrator ? 'admin' : 'member'
      return { id, role, email: '', login: '', groups: person.groups }
    },
    /** Names by id; who has no account is left out. */
    findNames: async (ids: Iterable<string>): Promise<Map<string, string>> =>
      new Map([...(await find(ids))].map(([id, { display_name }]) => [id, display_name])),
  }
}

export type People = ReturnType<typeof createPeople>
