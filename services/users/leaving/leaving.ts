import type { Context } from '../../../shared/context.ts'
import type { SecurityLog } from '../../../shared/host/security-log.ts'
import type { Accounts } from '../accounts.ts'
import type { UsersTables } from '../tables.ts'
import { createHandOver } from './hand-over.ts'
import { createHoldings } from './holdings.ts'

/** An account's things, and who gets them. */
export function createLeaving(
  context: Context,
  tables: UsersTables,
  options: { accounts: Accounts; security: SecurityLog },
) {
  return {
    holdings: createHoldings(context, tables, options.accounts),
    ...createHandOver(context, tables, options),
  }
}
