import { and, inArray, isNull, like } from 'drizzle-orm'
import type { Config } from '../../shared/host/config.ts'
import type { Context } from '../../shared/context.ts'
import { ProblemError } from '../../shared/problem.ts'
import type { UsersApi } from './index.ts'
import { usersTables } from './tables.ts'

/** The sample users' password, known to everybody. */
export const samplePassword = 'campus-sample'

const samples = [
  ['anna', 'Anna Berg'],
  ['ben', 'Ben Okoro'],
] as const

const sampleDomain = '@sample.example'

/** Two members to try things with, only if the system is unreachable from other machines. */
export async function fillUsers({ client, config, log, announce }: Context): Promise<void> {
  if (config.isExposed) {
    const reason = 'HOST, TRUSTED_PROXIES or NODE_ENV let others than this machine in'
    log.warn('no sample users', { reason })
    return announce('members', `none: ${reason}, and the password of samples is known to all`)
  }
  const { api } = client<UsersApi>('users')
  const { data: known } = await api.users.get({ query: { q: sampleDomain } })
  if (!known || known.length > 0) return
  for (const [username, display_name] of samples) {
    const email = `${username}${sampleDomain}`
    await api.users.post({ username, display_name, email, password: samplePassword })
  }
  announce('members', `anna and ben, password ${samplePassword}`)
}

/** @throws 403 for the samples' password if other machines can reach the system */
export function refuseSamplePassword(password: string, { isExposed }: Config): void {
  if (!isExposed || password !== samplePassword) return
  throw new ProblemError({
    status: 403,
    code: 'sample_password',
    detail: 'The password of the sample users is public. Ask an administrator for another.',
  })
}

/** Ends logins of sample users from when the system was unreachable for others. */
export async function endSampleLogins({ store, config, clock }: Context): Promise<void> {
  if (!config.isExposed) return
  const { users, logins } = usersTables(store.columns)
  const isSample = like(users.email, `%${sampleDomain}`)
  const samples = store.db.select({ id: users.id }).from(users).where(isSample)
  await store.db
    .update(logins)
    .set({ ended: clock() })
    .where(and(isNull(logins.ended), inArray(logins.user_id, samples)))
}
