import { Elysia } from 'elysia'
import { access } from '../../shared/access.ts'
import type { Config } from '../../shared/config.ts'
import type { Log } from '../../shared/log.ts'
import type { Readiness } from '../../shared/readiness.ts'

export interface GatewayOptions<Name extends string> {
  config: Config
  log: Log
  readiness: Readiness
  /** The services that run elsewhere; the others are in this process already. */
  remote: readonly Name[]
  urlOf: (service: Name) => string
}

/** The one public door. */
export function gateway<Name extends string>(_options: GatewayOptions<Name>) {
  return new Elysia({ name: 'gateway' })
    .use(access)
    .get('/', ({ redirect }) => redirect('/swagger'), { access: 'public', detail: { hide: true } })
}
