import { expect } from 'bun:test'
import type { Problem } from '../../../shared/schemas/problem.ts'
import type { PasswordSet } from '../../../shared/schemas/recovery.ts'
import type { Tokens, User } from '../../../shared/schemas/user.ts'
import type { MakeDatabase } from '../../../shared/testing/describe-stores.ts'
import { tokenOf } from '../../../shared/testing/smtp.ts'
import { testPassword, type SendOptions } from '../../testing/system.ts'
import { useMail } from '../mail/fixture.ts'

/** The default new password of tests. */
export const password = 'seven blue lanterns'

/** One system for all tests of a file, and people who lost a password or an address. */
export function useRecovery(makeDatabase: MakeDatabase) {
  const { clock, system, smtp } = useMail(makeDatabase)
  let made = 0

  async function call<T = Problem>(method: string, path: string, options?: SendOptions) {
    const answer = await system().send(method, path, options)
    const text = await answer.text()
    return { status: answer.status, text, body: JSON.parse(text || '{}') as T }
  }

  const post = <T = Problem>(path: string, body: object, as: string | null = null) =>
    call<T & Problem>('POST', path, { as, body })

  /** A new user with a verified address. */
  async function join(name = `user${++made}`) {
    await system().tokenOf(name)
    const email = `${name}@test.example`
    await post('/api/address_changes/confirm', { token: tokenOf(await smtp().take(email)) })
    const { body } = await call<User>('GET', '/api/users/me', { as: name })
    expect(body.email_verified).toBe(true)
    return { ...body, name }
  }

  const logIn = (username: string, secret: string) =>
    post<Tokens>('/api/login', { username, password: secret })
  const forgot = (email: string) => post('/api/password_resets', { email })
  const set = (token: string, secret = password) =>
    post<PasswordSet>('/api/password_resets/complete', { token, password: secret })
  const move = (name: string, email: string, current_password = testPassword) =>
    post('/api/address_changes', { email, current_password }, name)
  const confirm = (token: string) => post('/api/address_changes/confirm', { token })
  const refuse = (token: string) =>
    post<PasswordSet>('/api/address_changes/refuse', { token, password })

  return { clock, system, smtp, call, post, join, logIn, forgot, set, move, confirm, refuse }
}
