import type { Context } from '../../shared/context.ts'
import type { UsersApi } from './index.ts'

/** What the sample users log in with; they exist outside production only. */
export const samplePassword = 'campus-sample'

/** Two members to try things with. */
export async function fillUsers({ client, config, announce }: Context): Promise<void> {
  if (config.production) return
  const { api } = client<UsersApi>('users')
  const { data: known } = await api.users.get({ query: { q: '@sample.example' } })
  if (!known || known.length > 0) return
  for (const username of ['anna', 'ben']) {
    const email = `${username}@sample.example`
    await api.users.post({ username, email, password: samplePassword })
  }
  announce('members', `anna and ben, password ${samplePassword}`)
}
