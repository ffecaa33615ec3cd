import { expect, it } from 'bun:test'
import type { MadeInvitation } from '../../../shared/schemas/invitation.ts'
import type { PasswordLink } from '../../../shared/schemas/recovery.ts'
import type { User } from '../../../shared/schemas/user.ts'
import { beginByHand, changeByHand } from '../../../shared/testing/by-hand.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { tokenOf } from '../../../shared/testing/smtp.ts'
import type { UsersApi } from '../index.ts'
import { password, useRecovery } from './fixture.ts'

// A link handed over by an administrator becomes invalid with their role.
describeStores('a link that an administrator handed over', (makeDatabase) => {
  const { system, call, post, set, logIn } = useRecovery(makeDatabase)
  let made = 0

  async function enrol(name = `person${++made}`) {
    const { body } = await call<User>('GET', '/api/users/me', { as: name })
    return { ...body, name, path: `/api/users/${body.id}` }
  }

  async function appoint(who: { path: string; name: string }) {
    expect((await call('PATCH', who.path, { body: { role: 'admin' } })).status).toBe(200)
    await system().refresh()
    await call('GET', '/api/users/me', { as: who.name })
  }

  /** A user, and an administrator with links for their password and an invitation. */
  async function handOver() {
    const [victim, maker] = [await enrol(), await enrol()]
    await appoint(maker)
    const link = await post<PasswordLink>(`${victim.path}/password_link`, {}, maker.name)
    const invited = await post<MadeInvitation>('/api/invitations', { role: 'admin' }, maker.name)
    expect([link.status, invited.status]).toEqual([200, 201])
    const invitation = tokenOf({ text: invited.body.link ?? '' })
    const accept = async () => {
      const username = `guest${++made}`
      const account = { username, email: `${username}@else.example`, password }
      return (await post('/api/invitations/accept', { token: invitation, ...account })).body.code
    }
    return { victim, maker, token: tokenOf({ text: link.body.link }), accept }
  }

  const byHand = (text: string) => changeByHand(system().databaseUrlOf('users'), text)
  const change = (body: object) => (path: string) => call('PATCH', path, { body })

  it('is valid while they are one, and used once', async () => {
    const { victim, token, accept } = await handOver()
    expect((await set(token)).status).toBe(200)
    expect((await logIn(victim.username, password)).status).toBe(200)
    expect((await set(token)).body.code).toBe('link_invalid')
    expect(await accept()).toBeUndefined()
  })

  it.each([
    ['were demoted', change({ role: 'member' })],
    ['were disabled', change({ disabled: true })],
    ['are gone', (path: string) => call('DELETE', path)],
  ] as const)('is none once they %s', async (_, end) => {
    const { victim, maker, token, accept } = await handOver()
    expect((await end(maker.path)).status).toBeLessThan(300)
    expect((await set(token)).body.code).toBe('link_invalid')
    expect(await accept()).toBe('link_invalid')
    expect((await logIn(victim.username, password)).status).toBe(401)
  })

  it('is invalid once they are demoted by hand, even if appointed again', async () => {
    const { victim, maker, token, accept } = await handOver()
    const demote = `UPDATE users SET role = 'member' WHERE username_key = '${maker.name}'`
    await byHand(demote)
    expect((await set(token)).body.code).toBe('link_invalid')
    await appoint(maker)
    expect((await set(token)).body.code).toBe('link_invalid')
    expect(await accept()).toBe('link_invalid')
    expect((await logIn(victim.username, password)).status).toBe(401)
  })

  it('is invalid while its maker is no administrator, whoever wrote the row', async () => {
    const { victim, token } = await handOver()
    const other = await enrol()
    await byHand(
      `UPDATE confirmations SET created_by =
        (SELECT id FROM users WHERE username_key = '${other.name}')
      WHERE user_id = (SELECT id FROM users WHERE username_key = '${victim.name}')`,
    )
    expect((await set(token)).body.code).toBe('link_invalid')
  })

  it('is refused in the commit if they are demoted at that moment', async () => {
    const { victim, maker, token, accept } = await handOver()
    const commit = await beginByHand(
      system().databaseUrlOf('users'),
      `UPDATE users SET role = 'member' WHERE username_key = '${maker.name}'`,
    )
    const used = [set(token).then(({ body }) => body.code), accept()]
    // Both have been read, and wait for that commit.
    for (let at = 0; at < 40; at++) await call('GET', '/api/users/me', { as: victim.name })
    await commit()
    expect(await Promise.all(used)).toEqual(['link_invalid', 'link_invalid'])
    expect((await logIn(victim.username, password)).status).toBe(401)
  })

  it('is valid in any case if the operator made it', async () => {
    const victim = await enrol()
    const { data } = await system()
      .client<UsersApi>()
      .api.users({ id: victim.id })
      .password_link.post()
    const token = tokenOf({ text: data?.link ?? '' })
    expect((await set(token)).status).toBe(200)
    expect((await logIn(victim.username, password)).status).toBe(200)
  })
})
