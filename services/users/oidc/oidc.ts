import type { Context } from '../../../shared/context.ts'
import type { SecurityLog } from '../../../shared/host/security-log.ts'
import type { Accounts } from '../accounts.ts'
import type { Attempts } from '../attempts.ts'
import { createLinks } from '../links.ts'
import type { FreshSignIns } from '../fresh-sign-in.ts'
import type { Logins } from '../logins.ts'
import type { OwnPassword } from '../own-password.ts'
import { createSealedTexts } from '../../../shared/sealed-text.ts'
import type { SecondFactor } from '../second-factor/second-factor.ts'
import type { Standing } from '../standing.ts'
import type { UsersTables } from '../tables.ts'
import { createConnections } from './connection.ts'
import { createExchange } from './exchange.ts'
import { createFlows } from './flows.ts'
import { createGroupMapping } from './group-mapping.ts'
import { createIdentities } from './identities.ts'
import { createNewcomers } from './newcomers.ts'
import { createProviders } from './providers.ts'
import { createSignIns } from './sign-in.ts'

export interface OidcOptions {
  accounts: Accounts
  attempts: Attempts
  freshSignIns: FreshSignIns
  logins: Logins
  requireOwnPassword: OwnPassword
  secondFactor: SecondFactor
  security: SecurityLog
  standing: Standing
}

/** Sign-in by the organisation's own providers (OpenID Connect). */
export function createOidc(context: Context, tables: UsersTables, given: OidcOptions) {
  const links = createLinks(context)
  const sealed = createSealedTexts(context.secret, 'client secrets')
  const providers = createProviders(context, tables, { ...given, links, sealed })
  const flows = createFlows(context, tables)
  context.prune(flows.prunable)
  const identities = createIdentities(context, tables, given)
  const newcomers = createNewcomers(context, tables, { ...given, identities })
  const applyGroups = createGroupMapping(context, tables, { ...given, providers })
  const exchange = createExchange(createConnections(context.clock, providers.openSecret))
  const all = { ...given, applyGroups, exchange, flows, identities, links, newcomers, providers }
  return { providers, identities, signIns: createSignIns(context, tables, all) }
}
