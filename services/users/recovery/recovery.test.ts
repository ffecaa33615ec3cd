import { expect, it } from 'bun:test'
import type { PasswordLink } from '../../../shared/schemas/recovery.ts'
import type { Problem } from '../../../shared/schemas/problem.ts'
import type { User } from '../../../shared/schemas/user.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { tokenOf } from '../../../shared/testing/smtp.ts'
import { startForTest, testPassword } from '../../testing/system.ts'
import { publicUrl } from '../mail/fixture.ts'
import { password, useRecovery } from './fixture.ts'
import { hour_ms } from '../../../shared/duration.ts'

describeStores('an account is recovered', (makeDatabase) => {
  const { clock, system, smtp, call, post, join, logIn, forgot, set, move, confirm, refuse } =
    useRecovery(makeDatabase)

  it('by a link in a mail, once, which ends all logins', async () => {
    const { email, name } = await join()
    const { body: before } = await logIn(name, testPassword)
    expect(await forgot(email.toUpperCase())).toMatchObject({ status: 204, text: '' })
    const mail = await smtp().take(email)
    expect(mail.subject).toBe('Set a new password')
    expect(mail.text).toContain(name)
    const token = tokenOf(mail)
    expect((await set(token, 'qwertyuiop')).body.code).toBe('password_common')
    expect((await set(token)).body).toMatchObject({ username: name })
    expect((await set(token, 'another good one')).body.code).toBe('link_invalid')
    const { refresh_token } = before
    expect((await post('/api/token/refresh', { refresh_token })).status).toBe(401)
    expect((await logIn(name, testPassword)).status).toBe(401)
    expect((await logIn(name, password)).status).toBe(200)
  })

  it('by an unknown address with the same response, and no mail', async () => {
    const { email } = await join()
    const [known, unknown] = [await forgot(email), await forgot('nobody@test.example')]
    expect(unknown).toEqual(known)
    await smtp().take(email)
    await system().runTask('users: send mails')
    expect(smtp().mails.filter(({ to }) => to.includes('nobody@test.example'))).toEqual([])
    for (let at = 0; at < 3; at++) await forgot('nobody@test.example')
    const [limited, other] = [await forgot('nobody@test.example'), await forgot('n2@test.example')]
    expect([limited.status, limited.body.code, other.status]).toEqual([429, 'too_many_resets', 204])
  })

  it('with the newest link only, within an hour, and not after the password changed', async () => {
    const { email, name, id } = await join()
    await forgot(email)
    const first = tokenOf(await smtp().take(email))
    await forgot(email)
    const second = tokenOf(await smtp().take(email))
    expect((await set(first)).body.code).toBe('link_invalid')
    clock.now += hour_ms
    expect((await set(second)).body.code).toBe('link_invalid')
    await forgot(email)
    const third = tokenOf(await smtp().take(email))
    const body = { current_password: testPassword, password: 'my own new password' }
    expect((await call('PATCH', `/api/users/${id}`, { as: name, body })).status).toBe(200)
    expect((await set(third)).body.code).toBe('link_invalid')
    expect((await logIn(name, 'my own new password')).status).toBe(200)
  })

  it('once, even if eight use the link at once', async () => {
    const { email, name } = await join()
    await forgot(email)
    const token = tokenOf(await smtp().take(email))
    const secrets = Array.from({ length: 8 }, (_, at) => `a new password no ${at}`)
    const answers = await Promise.all(secrets.map((secret) => set(token, secret)))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array(7).fill(404)])
    const won = secrets[answers.findIndex(({ status }) => status === 200)] ?? ''
    expect((await logIn(name, won)).status).toBe(200)
  }, 30_000)

  it('by a link that an administrator, and nobody else, hands over', async () => {
    const [{ id, name }, other] = [await join(), await join()]
    const path = `/api/users/${id}/password_link`
    expect((await post(path, {}, other.name)).status).toBe(403)
    expect((await post(path, {}, name)).status).toBe(403)
    const { body: admin } = await call<User>('GET', '/api/users/me')
    expect((await post(`/api/users/${admin.id}/password_link`, {}, 'admin')).status).toBe(403)
    const { body } = await post<PasswordLink>(path, {}, 'admin')
    expect(body.link).toStartWith(`${publicUrl}/set-password#`)
    const again = await post<PasswordLink>(path, {}, 'admin')
    expect((await set(tokenOf({ text: body.link }))).status).toBe(404)
    expect((await set(tokenOf({ text: again.body.link }))).body.username).toBe(name)
    expect(
      (await post('/api/users/01a1fe45-0000-7000-8000-000000000000/password_link', {}, 'admin'))
        .status,
    ).toBe(404)
  })

  it('only by its own kind of link', async () => {
    const [anna, ben] = [await join(), await join()]
    await forgot(anna.email)
    const token = tokenOf(await smtp().take(anna.email))
    const [id = '', seal = ''] = token.split('.')
    await move(ben.name, 'ben-new@test.example')
    const keep = tokenOf(await smtp().take(ben.email))
    const address = tokenOf(await smtp().take('ben-new@test.example'))
    for (const bad of [keep, address, `${keep.split('.')[0]}.${seal}`, `${id}.`, `${id}.x`]) {
      expect((await set(bad)).body.code).toBe('link_invalid')
    }
    for (const bad of [token, keep]) expect((await confirm(bad)).body.code).toBe('link_invalid')
    for (const bad of [token, address]) expect((await refuse(bad)).body.code).toBe('link_invalid')
    const accept = { token, username: 'thief', email: 't@test.example', password }
    expect((await post('/api/invitations/accept', accept)).body.code).toBe('link_invalid')
    expect((await set(token)).status).toBe(200)
  })

  it('with links to this system, whatever Host a request names', async () => {
    const { email } = await join()
    const headers = {
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      origin: 'https://evil.example',
    }
    await call('POST', '/api/password_resets', { as: null, body: { email }, headers })
    const { text } = await smtp().take(email)
    expect(text).toContain(`${publicUrl}/set-password#`)
    expect(text).not.toContain('evil')
  })

  it('unless it was removed', async () => {
    const { email, id } = await join()
    await forgot(email)
    const token = tokenOf(await smtp().take(email))
    await call('DELETE', `/api/users/${id}`)
    expect((await set(token)).body.code).toBe('link_invalid')
  })

  it('without secrets in the log', async () => {
    const { email } = await join()
    await forgot(email)
    const token = tokenOf(await smtp().take(email))
    const log = system().logged()
    expect(log).not.toContain(token.split('.')[1])
    expect(log).not.toContain('@test.example')
  })
})

describeStores('a forgotten password', (makeDatabase) => {
  it('says what to set if mail is off', async () => {
    const environment = { NODE_ENV: 'production', SAMPLE_DATA: 'true' }
    const system = await startForTest(makeDatabase, { environment })
    const body = { email: 'a@test.example' }
    const answer = await system.send('POST', '/api/password_resets', { as: null, body })
    const { code, detail } = (await answer.json()) as Problem
    expect([answer.status, code]).toEqual([409, 'mail_not_set'])
    expect(detail).toContain('SMTP_URL')
    await system.close()
  })

  it('is in the log in development, where mails are shown', async () => {
    const system = await startForTest(makeDatabase)
    system.startTasks()
    await system.tokenOf('anna')
    const body = { email: 'anna@test.example' }
    await system.send('POST', '/api/password_resets', { as: null, body })
    while (!system.logged().includes('/set-password#')) await Bun.sleep(50)
    const line =
      system
        .logged()
        .split('\n')
        .find((each) => each.includes('/set-password#')) ?? ''
    const { text } = JSON.parse(line) as { text: string }
    expect(text).toContain('http://127.0.0.1:3000/set-password#')
    const account = { token: tokenOf({ text }), password }
    const set = await system.send('POST', '/api/password_resets/complete', {
      as: null,
      body: account,
    })
    expect(set.status).toBe(200)
    await system.close()
  })
})
