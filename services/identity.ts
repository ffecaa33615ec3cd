import type { App } from '../shared/app.ts'
import { createAuthenticator, type Authenticator } from '../shared/host/authenticator.ts'
import type { Client } from '../shared/host/client.ts'
import type { Config } from '../shared/host/config.ts'
import { keepKeys } from '../shared/host/kept-keys.ts'
import type { Log } from '../shared/host/log.ts'
import type { Secret } from '../shared/host/secret.ts'
import { createServiceTokens, readServiceKeys, toServiceKey } from '../shared/host/service-token.ts'
import { partNames, type ServiceName } from './index.ts'
import { authority } from './users/authority.ts'
import type { UsersApi } from './users/index.ts'

export interface IdentityOptions {
  /** The services of this process. */
  local: readonly ServiceName[]
  isGateway: boolean
  secret: Secret
  config: Config
  clock: () => number
  log: Log
  clientOf: <Api extends App>(from: string, to: string) => Client<Api>
}

/**
 * How this process proves itself to others, and tells who others are.
 * @throws Error when its own key is not among those that others know
 */
export function createIdentity(options: IdentityOptions): Authenticator {
  const { local, isGateway, secret, config, clock, log, clientOf } = options
  const keys = config.SERVICE_KEYS === undefined ? undefined : readServiceKeys(config.SERVICE_KEYS)
  for (const name of isGateway ? ['gateway', ...local] : local) {
    if (!keys || keys[name]?.includes(toServiceKey(secret, name))) continue
    throw new Error(`SERVICE_KEYS has no key of ${name} that matches its SECRET. Create it again.`)
  }
  return createAuthenticator({
    services: createServiceTokens({ secret, keys, callers: partNames, callees: local, clock }),
    // Where users is in this process, its database has them.
    keptKeys: local.includes('users') ? undefined : keepKeys(config.KEYS_FILE, log),
    clock,
    ...authority(() => clientOf<UsersApi>(local[0] ?? 'gateway', 'users')),
  })
}
