import type { AuthenticatorOptions } from '../../shared/host/authenticator.ts'
import type { Client } from '../../shared/host/client.ts'
import type { RecorderOptions } from '../../shared/host/security-recorder.ts'
import type { FetchRemoved } from '../../shared/host/removed-users.ts'
import type { UsersApi } from './index.ts'

/** What every process asks the users service in order to tell who calls. */
export function authority(
  client: () => Client<UsersApi>,
): Pick<AuthenticatorOptions, 'fetchKeys' | 'fetchEnded' | 'fetchApiKey'> {
  return {
    fetchKeys: async () => {
      const { data, error } = await client()['.well-known']['jwks.json'].get()
      if (error) throw new Error(`The users service answered ${error.status}`)
      return data
    },
    fetchEnded: async (after) => {
      const { data, error } = await client().api.logins.ended.get({
        query: after === undefined ? {} : { after },
      })
      if (error) throw new Error(`The users service answered ${error.status}`)
      return data
    },
    fetchApiKey: async (key_hash) => {
      const { data, error } = await client().api.api_keys.owner.post({ key_hash })
      if (error?.status === 404) return undefined
      if (error) throw new Error(`The users service answered ${error.status}`)
      return data
    },
  }
}

/** Keeps security events of other services and processes, where administrators read all of them. */
export function securityKeeper(client: () => Client<UsersApi>): RecorderOptions['keep'] {
  return async (events) => {
    const { error } = await client().api.security_events.report.post({ events })
    if (error) throw new Error(`The users service answered ${error.status}`)
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
