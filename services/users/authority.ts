import type { AuthenticatorOptions } from '../../shared/host/authenticator.ts'
import type { Client } from '../../shared/host/client.ts'
import type { RecorderOptions } from '../../shared/host/security-recorder.ts'
import type { FetchRemoved } from '../../shared/host/removed-users.ts'
import type { UsersApi } from './index.ts'
import { ownerOf } from './security-events/owned-kinds.ts'

/** What every process fetches from users to authenticate callers. */
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

/**
 * Forwards security events of other services to users, where administrators read all of them.
 * @param clientOf the client to send as the event's service; undefined: as any service of this
 * process
 */
export function securityKeeper(
  clientOf: (owner: string | undefined) => Client<UsersApi>,
): RecorderOptions['keep'] {
  return async (rows) => {
    for (const [owner, events] of Map.groupBy(rows, ({ kind }) => ownerOf(kind))) {
      const { error } = await clientOf(owner).api.security_events.report.post({ events })
      if (error) throw new Error(`The users service answered ${error.status}`)
    }
  }
}

/** Fetches removed accounts, as the service of the client. */
export function removedUsers(client: () => Client<UsersApi>): FetchRemoved {
  return async (after) => {
    const { data, error } = await client().api.users.removed.get({ query: after ? { after } : {} })
    if (error) throw new Error(`The users service answered ${error.status}`)
    return data
  }
}
