import type { AnyElysia } from 'elysia'
import type { AuthenticatorOptions } from '../../shared/host/authenticator.ts'
import type { Client } from '../../shared/host/client.ts'
import { handleInside } from '../../shared/host/inside.ts'
import type { FetchRemoved } from '../../shared/removed-users.ts'
import type { Replicas } from '../../shared/host/replicas.ts'
import type { UsersApi } from './index.ts'

export interface AuthorityOptions {
  /** The users service's app when it runs in this process, else its replicas. */
  locate: () => AnyElysia | Replicas
  client: () => Client<UsersApi>
  timeout_ms: number
}

/** What every process asks the users service in order to tell who calls. */
export function authority(
  options: AuthorityOptions,
): Pick<AuthenticatorOptions, 'fetchKeys' | 'fetchEnded'> {
  return {
    fetchKeys: async () => {
      const users = options.locate()
      const path = '/.well-known/jwks.json'
      return 'inTurn' in users
        ? users.fetch(path, { signal: AbortSignal.timeout(options.timeout_ms) })
        : handleInside(users, new Request(`http://localhost${path}`))
    },
    fetchEnded: async (after) => {
      const { api } = options.client()
      const { data, error } = await api.logins.ended.get({
        query: after === undefined ? {} : { after },
      })
      if (error) throw new Error(`The users service answered ${error.status}`)
      return data
    },
  }
}

/** Asks as the service whose client it is which accounts were removed. */
export function removedUsers(client: () => Client<UsersApi>): FetchRemoved {
  return async (after) => {
    const { data, error } = await client().api.users.removed.get({ query: after ? { after } : {} })
    if (error) throw new Error(`The users service answered ${error.status}`)
    return data
  }
}
