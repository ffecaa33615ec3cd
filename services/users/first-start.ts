import { randomBytes } from 'node:crypto'
import type { Context } from '../../shared/context.ts'
import { ProblemError } from '../../shared/problem.ts'
import { endSampleLogins } from './sample.ts'
import { usersService } from './service.ts'

/**
 * Creates the first signing key, and the first administrator, named `admin`, if there is none; a
 * generated password is shown once. Of several concurrent processes only one does.
 */
export async function prepareUsers(context: Context): Promise<void> {
  const { accounts, oidc, secondFactor, signingKeys } = usersService({
    ...context,
    every: () => {},
  })
  await signingKeys.ensure()
  await secondFactor.renewSeals()
  await oidc.providers.renewSeals()
  await endSampleLogins(context)
  if (await accounts.hasAdministrator()) return
  const { ADMIN_EMAIL, ADMIN_PASSWORD } = context.config
  const password = ADMIN_PASSWORD ?? randomBytes(12).toString('base64url')
  const account = { username: 'admin', email: ADMIN_EMAIL ?? 'admin@example.org', password }
  try {
    await accounts.create(account, { role: 'admin' })
  } catch (error) {
    if (error instanceof ProblemError && (await accounts.hasAdministrator())) return
    const isRefused = error instanceof ProblemError && error.status === 422
    throw isRefused ? new Error(`ADMIN_PASSWORD cannot be used. ${error.message}`) : error
  }
  const shown = ADMIN_PASSWORD ? '' : `, password ${password} (shown only now)`
  context.announce('administrator', `${account.username}${shown}`)
  const page = `${context.config.PUBLIC_URL ?? ''}/people`
  context.announce(
    'next',
    `open ${page} to set your own password and address, and to invite others`,
  )
}
