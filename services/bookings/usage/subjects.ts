import type { Context } from '../../../shared/context.ts'
import { readNextCursor } from '../../../shared/page.ts'
import { unavailable, type Answered, type ProblemError } from '../../../shared/problem.ts'
import { directoryIdsMax } from '../../../shared/schemas/directory.ts'
import type { Resource } from '../../../shared/schemas/resource.ts'
import type { InventoryApi } from '../../inventory/index.ts'
import type { UsersApi } from '../../users/index.ts'
import { toInventoryProblem } from '../inventory-problem.ts'

/** The reader of a report, whose rights other services check. */
export interface Reader {
  authorization: string | undefined
}

type Headers = Record<string, string>
type Answer<T> = Answered & { data: T[] | null; response: Response }

// The most a report covers.
const resourcesMax = 10_000
// Twenty requests of a hundred each.
const namedMax = 2000
const groupsAtOnce = 200

/** The subjects of reports, from the services that own them. */
export function createSubjects({ client, log }: Pick<Context, 'client' | 'log'>) {
  const inventory = () => client<InventoryApi>('inventory').api
  const users = () => client<UsersApi>('users').api
  const toHeaders = ({ authorization }: Reader): Headers => (authorization ? { authorization } : {})

  /**
   * The resources the reader can see, including those out of service.
   * @throws 422 for an unknown type, 503 if inventory does not respond
   */
  async function listResources(reader: Reader, type: string | undefined): Promise<Resource[]> {
    const headers = toHeaders(reader)
    const pages = (['false', 'true'] as const).map((retired) =>
      readPages<Resource>(async (cursor) => {
        const query = { retired, limit: '200', ...cursor, ...(type !== undefined && { type }) }
        return (await inventory().resources.get({ query, headers })) as Answer<Resource>
      }, toInventoryProblem),
    )
    return (await Promise.all(pages)).flat()
  }

  /** Names of people. Without them a report shows ids. */
  async function namePeople(ids: readonly string[], reader: Reader): Promise<Map<string, string>> {
    const asked = ids.filter((id) => isUserId.test(id)).slice(0, namedMax)
    const parts = Array.from({ length: Math.ceil(asked.length / directoryIdsMax) }, (_, at) =>
      asked.slice(at * directoryIdsMax, (at + 1) * directoryIdsMax),
    )
    const found = await Promise.all(
      parts.map(async (part) => {
        const query = { ids: part.join(',') }
        const { data, error } = await users().directory.get({ query, headers: toHeaders(reader) })
        if (error) log.warn('names are missing', { status: error.status })
        return data ?? []
      }),
    )
    const named = found.flat().filter(({ display_name }) => display_name)
    return new Map(named.map(({ id, display_name }) => [id, display_name ?? '']))
  }

  /** The groups of people; empty for people in none. @throws 503 */
  async function groupsOf(ids: readonly string[]): Promise<Map<string, string[]>> {
    const groups = new Map<string, string[]>()
    const asked = ids.filter((id) => isUserId.test(id))
    for (let at = 0; at < asked.length; at += groupsAtOnce) {
      const body = { ids: asked.slice(at, at + groupsAtOnce) }
      const { data, error } = await users().users.groups.post(body)
      if (error) throw usersAway()
      for (const { user_id, groups: own } of data) groups.set(user_id, own)
    }
    return groups
  }

  async function nameGroups(reader: Reader): Promise<Map<string, string>> {
    const headers = toHeaders(reader)
    const found = await readPages<{ id: string; name: string }>(async (cursor) => {
      const query = { limit: '200', ...cursor }
      return (await users().groups.get({ query, headers })) as Answer<{ id: string; name: string }>
    }, usersAway)
    return new Map(found.map(({ id, name }) => [id, name]))
  }

  return { listResources, namePeople, groupsOf, nameGroups }
}

export type Subjects = ReturnType<typeof createSubjects>

// Removed accounts have another form.
const isUserId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

async function readPages<T>(
  ask: (cursor: { cursor?: string }) => Promise<Answer<T>>,
  toProblem: (answer: Answer<T>) => ProblemError,
): Promise<T[]> {
  const found: T[] = []
  for (let cursor: { cursor?: string } = {}; ;) {
    const answer = await ask(cursor)
    const { data, error } = answer
    if (error || !data) throw toProblem(answer)
    found.push(...data)
    const next = readNextCursor(answer.response)
    if (next === undefined || found.length >= resourcesMax) return found
    cursor = { cursor: next }
  }
}

function usersAway() {
  return unavailable('users_unavailable', 'The users service is unavailable. Please retry.')
}
