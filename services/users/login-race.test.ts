import { afterAll, beforeAll, expect, it } from 'bun:test'
import type { Tokens, User } from '../../shared/schemas/user.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { slowHashes, startForTest, testPassword, type TestSystem } from '../testing/system.ts'

// Verification takes long enough for an account to change meanwhile.
describeStores('a login while the account changes', (makeDatabase) => {
  let system: TestSystem
  let user: User
  beforeAll(async () => {
    system = await startForTest(makeDatabase, slowHashes)
    await system.tokenOf('anna')
    user = (await (await system.send('GET', '/api/users/me', { as: 'anna' })).json()) as User
  }, 30_000)
  afterAll(() => system.close())

  const logIn = (password: string) =>
    system.send('POST', '/api/login', { as: null, body: { username: 'anna', password } })
  const refresh = async (answer: Response) => {
    const { refresh_token } = (await answer.json()) as Tokens
    const body = { refresh_token }
    return (await system.send('POST', '/api/token/refresh', { as: null, body })).status
  }

  it('does not outlive the password it was made with', async () => {
    let old = testPassword
    for (let round = 0; round < 6; round++) {
      const password = `another password ${round}`
      const change = system.send('PATCH', `/api/users/${user.id}`, { body: { password } })
      await Bun.sleep(round)
      const logins = await Promise.all([logIn(old), logIn(old)])
      expect((await change).status).toBe(200)
      for (const login of logins) if (login.status === 200) expect(await refresh(login)).toBe(401)
      expect(await refresh(await logIn(password))).toBe(200)
      old = password
    }
  }, 30_000)

  it('fails once the account is removed', async () => {
    const logins = [logIn('another password 5'), logIn('another password 5')]
    await Bun.sleep(5)
    expect((await system.send('DELETE', `/api/users/${user.id}`)).status).toBe(204)
    for (const login of await Promise.all(logins)) expect([401, 200]).toContain(login.status)
    expect((await logIn('another password 5')).status).toBe(401)
  }, 30_000)
})
