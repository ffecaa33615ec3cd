import { Database } from 'bun:sqlite'
import { afterAll, beforeAll, expect, it } from 'bun:test'
import type { Problem } from '../../shared/schemas/problem.ts'
import type { User } from '../../shared/schemas/user.ts'
import { makeSqlite } from '../../shared/testing/describe-stores.ts'
import { slowHashes, startForTest, testPassword, type TestSystem } from '../testing/system.ts'

let system: TestSystem
beforeAll(async () => {
  system = await startForTest(makeSqlite)
})
afterAll(() => system.close())

async function signUp(username: string, password: string) {
  const body = { username, email: `${username}.mail@test.example`, password }
  const answer = await system.send('POST', '/api/users', { as: null, body })
  return { status: answer.status, body: (await answer.json()) as Problem }
}

it('a common password is refused, ignoring case', async () => {
  for (const password of [
    'qwertyuiop',
    'PASSWORD123',
    '1234567890',
    ' Basketball ',
    '１２３４５６７８９０',
  ]) {
    const { status, body } = await signUp('anna', password)
    expect([password, status, body.code]).toEqual([password, 422, 'password_common'])
    expect(body.errors).toMatchObject([{ pointer: '#/password' }])
    expect(JSON.stringify(body).toLowerCase()).not.toContain(password.trim().toLowerCase())
  }
})

it('a password that is little more than the name or the address is refused', async () => {
  const passwords = ['annabella-2027', 'ANNABELLAannabella', 'annabella.mail@test.example!']
  for (const password of passwords) {
    const { status, body } = await signUp('annabella', password)
    expect([password, status, body.code]).toEqual([password, 422, 'password_is_name'])
  }
  expect((await signUp('annabella', 'annabella rides horses')).status).toBe(201)
})

it('a changed password follows the same rules, with the new name', async () => {
  const answer = await system.send('GET', '/api/users/me', { as: 'carla' })
  const { id } = (await answer.json()) as User
  const change = async (body: object) => {
    const as = { as: 'carla', body: { current_password: testPassword, ...body } }
    const answer = await system.send('PATCH', `/api/users/${id}`, as)
    return ((await answer.json()) as Problem).code
  }
  expect(await change({ password: 'qwertyuiop' })).toBe('password_common')
  expect(await change({ password: 'wilhelmina-1', username: 'wilhelmina' })).toBe(
    'password_is_name',
  )
})

it('a password is kept as OWASP asks, where no other hash is given', async () => {
  const whole = await startForTest(makeSqlite, slowHashes)
  await whole.tokenOf('dora')
  using users = new Database(whole.databaseUrlOf('users').slice('sqlite:'.length))
  const kept = users.query<{ hash: string }, []>('SELECT password_hash AS hash FROM users').all()
  expect(kept).toHaveLength(2)
  for (const { hash } of kept) expect(hash).toStartWith('$argon2id$v=19$m=19456,t=2,p=1$')
  await whole.close()
})
