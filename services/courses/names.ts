import type { Context } from '../../shared/context.ts'
import { directoryIdsMax } from '../../shared/schemas/directory.ts'
import type { UsersApi } from '../users/index.ts'

/**
 * Fetches names of users on behalf of the caller.
 * @param authorization the caller's header
 * @returns the names, or none while the users service is unavailable
 */
export type ReadNames = (
  userIds: string[],
  authorization: string | undefined,
) => Promise<Map<string, string>>

export function createReadNames({ client, log }: Pick<Context, 'client' | 'log'>): ReadNames {
  return async (userIds, authorization) => {
    const names = new Map<string, string>()
    const headers = authorization === undefined ? {} : { authorization }
    for (let at = 0; at < userIds.length; at += directoryIdsMax) {
      const ids = userIds.slice(at, at + directoryIdsMax).join(',')
      const { directory } = client<UsersApi>('users').api
      const { data, error } = await directory.get({ query: { ids }, headers })
      if (error) log.warn('names are missing', { status: error.status })
      for (const { id, display_name } of data ?? []) if (display_name) names.set(id, display_name)
    }
    return names
  }
}
