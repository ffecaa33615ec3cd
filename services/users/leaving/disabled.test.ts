import { expect, it } from 'bun:test'
import { hashApiKey } from '../../../shared/api-key.ts'
import type { ApiKey, CreatedApiKey } from '../../../shared/schemas/api-key.ts'
import type { DirectoryEntry } from '../../../shared/schemas/directory.ts'
import type { PasswordLink } from '../../../shared/schemas/recovery.ts'
import type { MadeInvitation } from '../../../shared/schemas/invitation.ts'
import type { SecurityEvent } from '../../../shared/schemas/security-event.ts'
import type { Tokens, User } from '../../../shared/schemas/user.ts'
import type { Problem } from '../../../shared/schemas/problem.ts'
import { changeByHand } from '../../../shared/testing/by-hand.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { testPassword } from '../../testing/system.ts'
import { useSystem } from '../../testing/use-system.ts'

describeStores('a disabled account', (makeDatabase) => {
  const environment = { PUBLIC_URL: 'https://campus.test.example' }
  const { call, system } = useSystem(makeDatabase, { environment })

  const readUser = async (as: string) => (await call<User>('GET', '/api/users/me', { as })).body
  const logIn = (username: string, password = testPassword) =>
    call<Tokens & Problem>('POST', '/api/login', { as: null, body: { username, password } })
  const setDisabled = (user: User, disabled: boolean, as = 'admin') =>
    call<User & Problem>('PATCH', `/api/users/${user.id}`, { as, body: { disabled } })
  const withToken = (token: string) => ({
    as: null,
    headers: { authorization: `Bearer ${token}` },
  })

  /** The response to a service about a key. */
  async function ownerOf(key: string) {
    const headers = { 'x-service-token': await system().signServiceToken('inventory', 'users') }
    const body = { key_hash: hashApiKey(key) }
    return (await call('POST', '/api/api_keys/owner', { as: null, headers, body })).status
  }

  async function administrator(name: string) {
    const user = await readUser(name)
    await call('PATCH', `/api/users/${user.id}`, { body: { role: 'admin' } })
    // With a matching token.
    await system().refresh()
    return readUser(name)
  }

  it('lets nobody in, and is restored with its password, groups and keys', async () => {
    const zoe = await readUser('zoe')
    const group = (await call<{ id: string }>('POST', '/api/groups', { body: { name: 'Night' } }))
      .body
    await call('PUT', `/api/groups/${group.id}/members/${zoe.id}`, { body: {} })
    const tokens = (await logIn('zoe')).body
    const key = await call<CreatedApiKey>('POST', '/api/api_keys', {
      as: 'zoe',
      body: { name: 'script', scopes: ['read'] },
    })
    const link = `/api/users/${zoe.id}/password_link`
    const before = (await call<PasswordLink>('POST', link)).body
    expect((await call('GET', '/api/cars', withToken(key.body.key))).status).toBe(200)

    const disabled = await setDisabled(zoe, true)
    expect([disabled.status, disabled.body.disabled]).toEqual([200, true])
    await system().refresh()
    expect((await call('GET', '/api/cars', withToken(tokens.access_token))).status).toBe(401)
    const refreshed = await call('POST', '/api/token/refresh', {
      as: null,
      body: { refresh_token: tokens.refresh_token },
    })
    expect(refreshed.status).toBe(401)
    const told = await logIn('zoe')
    expect([told.status, told.body.code]).toEqual([403, 'account_disabled'])
    // Without the password, nothing is revealed.
    const guessed = await logIn('zoe', 'not the password')
    expect([guessed.status, guessed.body.code]).toEqual([401, 'credentials_wrong'])
    const used = await call<Problem>('POST', '/api/password_resets/complete', {
      as: null,
      body: { token: before.link.split('#')[1], password: 'another password' },
    })
    expect([used.status, used.body.code]).toEqual([404, 'link_invalid'])
    const again = await call<Problem>('POST', link)
    expect([again.status, again.body.code]).toEqual([409, 'account_disabled'])
    expect(await ownerOf(key.body.key)).toBe(404)

    expect((await setDisabled(zoe, false)).body.disabled).toBe(false)
    expect((await logIn('zoe')).status).toBe(200)
    expect(await ownerOf(key.body.key)).toBe(200)
    await system().refresh()
    expect((await call('GET', '/api/cars', withToken(tokens.access_token))).status).toBe(401)
    const keys = await call<ApiKey[]>('GET', '/api/api_keys', { as: 'zoe' })
    expect(keys.body).toHaveLength(1)
    const own = await call<{ id: string }[]>('GET', '/api/groups', { as: 'zoe' })
    expect(own.body.map(({ id }) => id)).toEqual([group.id])
  })

  it('is marked in lists, and no longer offered where people are chosen', async () => {
    const yan = await readUser('yan')
    await setDisabled(yan, true)
    const listed = await call<User[]>('GET', '/api/users?q=yan')
    expect(listed.body.map(({ disabled }) => disabled)).toEqual([true])
    const named = await call<DirectoryEntry[]>('GET', `/api/directory?ids=${yan.id}`)
    expect(named.body).toEqual([{ id: yan.id, display_name: 'yan', disabled: true }])
    expect((await call('GET', '/api/directory?q=yan')).body).toEqual([])
    await setDisabled(yan, false)
    const back = await call<DirectoryEntry[]>('GET', '/api/directory?q=yan')
    expect(back.body).toEqual([{ id: yan.id, display_name: 'yan' }])
  })

  it('is set and unset by other administrators only, and both are security events', async () => {
    const [wim, vera] = [await readUser('wim'), await readUser('vera')]
    expect((await setDisabled(wim, true, 'wim')).status).toBe(403)
    expect((await setDisabled(vera, true, 'wim')).status).toBe(403)
    const admin = await readUser('admin')
    const self = await setDisabled(admin, true)
    expect([self.status, self.body.code]).toEqual([403, 'forbidden'])
    await setDisabled(wim, true)
    await setDisabled(wim, true)
    await setDisabled(wim, false)
    const events = await call<SecurityEvent[]>('GET', `/api/security_events?actor=${admin.id}`)
    const kinds = events.body.filter(({ user_id }) => user_id === wim.id).map(({ kind }) => kind)
    expect(kinds.toSorted()).toEqual(['account_disabled', 'account_enabled'])
  })

  it('does not count as an administrator: the last active one stays', async () => {
    const [una, tom] = [await administrator('una'), await administrator('tom')]
    const admin = await readUser('admin')
    const invited = await call<MadeInvitation>('POST', '/api/invitations', { as: 'una', body: {} })
    expect((await setDisabled(una, true, 'tom')).status).toBe(200)
    const pending = await call<MadeInvitation[]>('GET', '/api/invitations')
    expect(pending.body.map(({ id }) => id)).not.toContain(invited.body.id)
    // Two who disable each other at once: one of them succeeds.
    const disable = async ({ id }: User, name: string) => {
      const headers = { authorization: `Bearer ${await system().tokenOf(name)}` }
      return call('PATCH', `/api/users/${id}`, { as: null, headers, body: { disabled: true } })
    }
    const both = await Promise.all([disable(tom, 'admin'), disable(admin, 'tom')])
    // The other is no administrator now, or was the last one when it was decided.
    const [done, refused] = both.map(({ status }) => status).toSorted()
    expect(done).toBe(200)
    expect([401, 409]).toContain(refused ?? 0)
    const last = both[0]?.status === 200 ? 'admin' : 'tom'
    const { id } = last === 'tom' ? tom : admin
    for (const [method, body] of [
      ['PATCH', { role: 'member' }],
      ['DELETE', { current_password: testPassword }],
    ] as const) {
      const refused = await call<Problem>(method, `/api/users/${id}`, { as: last, body })
      expect([method, refused.status, refused.body.code]).toEqual([
        method,
        409,
        'last_administrator',
      ])
    }
    for (const one of [una, last === 'tom' ? admin : tom]) await setDisabled(one, false, last)
  })

  it('is the same when disabled by hand in SQL', async () => {
    const sam = await readUser('sam')
    const tokens = (await logIn('sam')).body
    const now = system().databaseUrl.startsWith('sqlite') ? 'unixepoch() * 1000' : 'now()'
    const url = system().databaseUrlOf('users')
    await changeByHand(url, `UPDATE users SET disabled = ${now} WHERE username = 'sam'`)
    await system().refresh()
    expect((await call('GET', '/api/cars', withToken(tokens.access_token))).status).toBe(401)
    expect((await logIn('sam')).body.code).toBe('account_disabled')
    await changeByHand(
      url,
      `INSERT INTO logins (id, user_id, expires, token_expires, created)
      SELECT id, id, disabled, disabled, created FROM users WHERE username = 'sam'`,
    )
    await changeByHand(url, `UPDATE users SET disabled = NULL WHERE username = 'sam'`)
    const own = await call<unknown[]>('GET', '/api/logins', { as: 'sam' })
    expect(own.body).toHaveLength(1)
    expect(sam.disabled).toBe(false)
  })
})
