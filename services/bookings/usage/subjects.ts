import type { Context } from '../../../shared/context.ts'
import { readNextCursor } from '../../../shared/page.ts'
import { unavailable, type Answered, type ProblemError } from '../../../shared/problem.ts'
import { directoryIdsMax } from '../../../shared/schemas/directory.ts'
import type { Resource } from '../../../shared/schemas/resource.ts'
import type { InventoryApi } from '../../inventory/index.ts'
import type { UsersApi } from '../../users/index.ts'
import { toInventoryProblem } from '../inventory-problem.ts'

/** The reader of a report, whose rights other services check. */
export interface ReportReader {
  authorization: string | undefined
}

type Headers = Record<string, string>
type Answer<T> = Answered & { data: T[] | null; response: Response }

// The most a report covers.
const resourcesMax = 10_000
// Twenty requests of a hundred each.
const namedMax = 2000
const groupsAtOnce = 200
// Of ids in one request, for resources as for people.
const atOnce = String(directoryIdsMax)
const forbidden: number = 403

/** The subjects of reports, from the services that own them. */
export function createSubjects({ client, log }: Pick<Context, 'client' | 'log'>) {
  const inventory = () => client<InventoryApi>('inventory').api
  const users = () => client<UsersApi>('users').api
  const toHeaders = ({ authorization }: ReportReader): Headers =>
    authorization ? { authorization } : {}

  /**
   * The resources the reader can see, including those out of service.
   * @throws 422 for an unknown type, 503 if inventory does not respond
   */
  async function listResources(
    reader: ReportReader,
    type: string | undefined,
  ): Promise<Resource[]> {
    const headers = toHeaders(reader)
    const pages = (['false', 'true'] as const).map((retired) =>
      readPages<Resource>(async (cursor) => {
        const query = { retired, limit: '200', ...cursor, ...(type !== undefined && { type }) }
        return (await inventory().resources.get({ query, headers })) as Answer<Resource>
      }, toInventoryProblem),
    )
    return (await Promise.all(pages)).flat()
  }

  /** Those of these resources that the reader can see, in service or not. */
  async function findResources(ids: readonly string[], reader: ReportReader): Promise<Resource[]> {
    const headers = toHeaders(reader)
    const parts = split(ids).flatMap((part) =>
      (['false', 'true'] as const).map((retired) => ({ ids: part, retired, limit: atOnce })),
    )
    const found: Resource[] = []
    for (const query of parts) {
      const answer = await inventory().resources.get({ query, headers })
      if (answer.error) throw toInventoryProblem(answer)
      found.push(...answer.data)
    }
    return found
  }

  /** The addresses of people; none for readers who may not see accounts. @throws 503 */
  async function findEmails(
    ids: readonly string[],
    reader: ReportReader,
  ): Promise<Map<string, string>> {
    const found = new Map<string, string>()
    for (const part of split(ids.filter((id) => isUserId.test(id)))) {
      const query = { ids: part, limit: atOnce }
      const { data, error, status } = await users().users.get({ query, headers: toHeaders(reader) })
      if (status === forbidden) return found
      if (error) throw usersAway()
      for (const { id, email } of data) found.set(id, email)
    }
    return found
  }

  /** Names of people. Without them a report shows ids. */
  async function namePeople(
    ids: readonly string[],
    reader: ReportReader,
  ): Promise<Map<string, string>> {
    const asked = ids.filter((id) => isUserId.test(id)).slice(0, namedMax)
    const found = await Promise.all(
      split(asked).map(async (part) => {
        const query = { ids: part }
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

  async function nameGroups(reader: ReportReader): Promise<Map<string, string>> {
    const headers = toHeaders(reader)
    const found = await readPages<{ id: string; name: string }>(async (cursor) => {
      const query = { limit: '200', ...cursor }
      return (await users().groups.get({ query, headers })) as Answer<{ id: string; name: string }>
    }, usersAway)
    return new Map(found.map(({ id, name }) => [id, name]))
  }

  return { listResources, findResources, findEmails, namePeople, groupsOf, nameGroups }
}

export type Subjects = ReturnType<typeof createSubjects>

// Removed accounts have another form.
const isUserId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

function split(ids: readonly string[]): string[] {
  return Array.from({ length: Math.ceil(ids.length / directoryIdsMax) }, (_, at) =>
    ids.slice(at * directoryIdsMax, (at + 1) * directoryIdsMax).join(','),
  )
}

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
