import { expect, it } from 'bun:test'
import type { Invitation, MadeInvitation } from '../../../shared/schemas/invitation.ts'
import type { Problem } from '../../../shared/schemas/problem.ts'
import type { User } from '../../../shared/schemas/user.ts'
import { changeByHand } from '../../../shared/testing/by-hand.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { tokenOf } from '../../../shared/testing/smtp.ts'
import { testPassword, type SendOptions } from '../../testing/system.ts'
import { publicUrl, useMail } from '../mail/fixture.ts'
import { day_ms } from '../../../shared/duration.ts'

const password = 'six green lanterns'

describeStores('an invitation', (makeDatabase) => {
  const more = { SIGN_UP: 'invited', PUBLIC_URL: `${publicUrl}/` }
  const { clock, system, smtp } = useMail(makeDatabase, more)
  let made = 0

  async function call<T = Problem>(method: string, path: string, options?: SendOptions) {
    const answer = await system().send(method, path, options)
    const text = await answer.text()
    return { status: answer.status, headers: answer.headers, body: JSON.parse(text || '{}') as T }
  }

  async function invite(body: object = {}, options: SendOptions = {}) {
    const { status, body: invitation } = await call<MadeInvitation & Problem>(
      'POST',
      '/api/invitations',
      { body, ...options },
    )
    const token = tokenOf({ text: invitation.link ?? '' })
    return { status, invitation, token }
  }

  function accept(token: string, account: object = {}, headers: Record<string, string> = {}) {
    const username = `guest${++made}`
    const whole = { token, username, email: `${username}@else.example`, password, ...account }
    const body = Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== null))
    return call<User & Problem>('POST', '/api/invitations/accept', { as: null, body, headers })
  }

  /** An account made by an administrator; `as` its name logs in. */
  async function enrol(username: string) {
    const body = { username, email: `${username}@test.example`, password: testPassword }
    return (await call<User>('POST', '/api/users', { body })).body
  }

  const check = (token: string) =>
    call<Invitation & Problem>('POST', '/api/invitations/check', { as: null, body: { token } })

  const renew = (id: string, options: SendOptions = {}) =>
    call<MadeInvitation & Problem>('POST', `/api/invitations/${id}/link`, options)

  const pending = async () => (await call<Invitation[]>('GET', '/api/invitations')).body

  it('creates an account where sign-up is not open', async () => {
    const account = { username: 'stranger', email: 's@test.example', password }
    const refused = await call('POST', '/api/users', { as: null, body: account })
    expect([refused.status, refused.body.code]).toEqual([403, 'sign_up_closed'])
    expect(refused.body.detail).toContain('invitation')
    const { token, invitation } = await invite()
    expect(invitation).toMatchObject({ email: null, role: 'member', invited_by: 'admin' })
    expect(invitation.link).toBe(`${publicUrl}/join#${token}`)
    const joined = await accept(token, { username: 'joined', email: 'Joined@else.example' })
    expect([joined.status, joined.headers.get('location')]).toEqual([
      201,
      `/api/users/${joined.body.id}`,
    ])
    expect(joined.body).toMatchObject({
      email: 'joined@else.example',
      email_verified: false,
      role: 'member',
    })
    const body = { username: 'joined', password }
    expect((await call('POST', '/api/login', { as: null, body })).status).toBe(200)
    expect(await pending()).toEqual([])
  })

  it("by mail is for its address only, and in its sender's language", async () => {
    const email = 'Mara@test.example'
    const headers = { 'accept-language': 'de-AT,en;q=0.5' }
    const { invitation } = await invite({ email, role: 'admin' }, { headers })
    expect(invitation).toMatchObject({ email: 'mara@test.example', link: null })
    const mail = await smtp().take('mara@test.example')
    expect(mail.subject).toBe('Ihre Einladung zu Campus')
    expect(mail.text).toContain(`admin lädt Sie ein.`)
    expect(mail.text).toContain(`${publicUrl}/join#`)
    expect(mail.text).toContain('8. März 2027')
    const token = tokenOf(mail)
    expect((await check(token)).body).toMatchObject({ email: 'mara@test.example', role: 'admin' })
    const other = await accept(token, { email: 'other@test.example' })
    expect([other.status, other.body.errors]).toEqual([
      422,
      [expect.objectContaining({ pointer: '#/email' })],
    ])
    const joined = await accept(token, { email: null })
    expect(joined.body).toMatchObject({
      email: 'mara@test.example',
      email_verified: true,
      role: 'admin',
    })
  })

  it('creates one account, however many accept it at once', async () => {
    const { token } = await invite()
    const answers = await Promise.all(Array.from({ length: 8 }, () => accept(token)))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, ...Array(7).fill(404)])
    const before = made
    const again = await accept(token)
    expect([again.status, again.body.code]).toEqual([404, 'link_invalid'])
    const { body } = await call<User[]>('GET', `/api/users?q=guest${before + 1}`)
    expect(body).toEqual([])
  }, 30_000)

  it('is accepted once by a retried request', async () => {
    const { token } = await invite()
    const [account, headers] = [{ username: 'retried' }, { 'idempotency-key': 'once' }]
    const first = await accept(token, { ...account, email: 'r@else.example' }, headers)
    const again = await accept(token, { ...account, email: 'r@else.example' }, headers)
    expect([first.status, again.status]).toEqual([201, 201])
    expect(again.body).toEqual(first.body)
    expect(again.headers.get('idempotent-replayed')).toBe('true')
  })

  it('made twice under one key is one, with one link', async () => {
    const headers = { 'idempotency-key': 'invite-1' }
    const [first, again] = [await invite({}, { headers }), await invite({}, { headers })]
    expect(again.invitation).toEqual(first.invitation)
    expect((await accept(first.token)).status).toBe(201)
  })

  it('is invalid once it was revoked, or has expired', async () => {
    const [revoked, old] = [await invite(), await invite({ expires_in_days: 1 })]
    expect((await check(old.token)).status).toBe(200)
    const path = `/api/invitations/${revoked.invitation.id}`
    expect((await call('DELETE', path)).status).toBe(204)
    expect((await call('DELETE', path)).status).toBe(404)
    expect((await accept(revoked.token)).body.code).toBe('link_invalid')
    clock.now += day_ms
    expect((await check(old.token)).body.code).toBe('link_invalid')
    expect((await accept(old.token)).body.code).toBe('link_invalid')
    expect((await pending()).map(({ id }) => id)).not.toContain(old.invitation.id)
  })

  it('gets a new link by mail, and the former one ends', async () => {
    const email = 'lost@test.example'
    const { invitation } = await invite({ email, role: 'admin', expires_in_days: 3 })
    expect(invitation.mailed).toBe(true)
    const first = tokenOf(await smtp().take(email))
    clock.now += 2 * day_ms
    const renewed = await renew(invitation.id)
    expect(renewed).toMatchObject({ status: 200, body: { id: invitation.id, link: null, email } })
    expect(Date.parse(renewed.body.expires)).toBe(clock.now + 3 * day_ms)
    const second = tokenOf(await smtp().take(email))
    expect((await pending()).filter((one) => one.email === email)).toHaveLength(1)
    expect((await accept(first, { email })).body.code).toBe('link_invalid')
    const joined = await accept(second, { email: null })
    expect(joined.body).toMatchObject({ email, email_verified: true, role: 'admin' })
    expect((await renew(invitation.id)).status).toBe(404)
  })

  it('gets a new link to pass on, by another administrator, with its groups', async () => {
    const { body: group } = await call<{ id: string }>('POST', '/api/groups', {
      body: { name: 'New ones' },
    })
    const ida = await enrol('ida')
    await call('PATCH', `/api/users/${ida.id}`, { body: { role: 'admin' } })
    const { token, invitation } = await invite({ groups: [group.id] }, { as: 'ida' })
    const renewed = await renew(invitation.id)
    expect(renewed.body).toMatchObject({ groups: [group.id], invited_by: 'admin', mailed: false })
    const link = tokenOf({ text: renewed.body.link ?? '' })
    expect(link).not.toBe(token)
    expect((await check(token)).status).toBe(404)
    const joined = await accept(link)
    expect(joined.body).toMatchObject({ email_verified: false })
    const members = await call<{ id: string }[]>('GET', `/api/groups/${group.id}/members`)
    expect(members.body.map(({ id }) => id)).toContain(joined.body.id)
    await enrol('otto')
    expect((await renew(invitation.id, { as: 'otto' })).status).toBe(403)
  })

  it('verifies no address by a link that was not mailed there', async () => {
    const email = 'passed-on@test.example'
    const { invitation } = await invite({ email })
    const token = tokenOf(await smtp().take(email))
    const text = `UPDATE invitations SET mailed = NULL WHERE email = '${email}'`
    await changeByHand(system().databaseUrlOf('users'), text)
    const listed = (await pending()).find(({ id }) => id === invitation.id)
    expect(listed).toMatchObject({ email, mailed: false })
    const joined = await accept(token, { email })
    expect(joined.body).toMatchObject({ email, email_verified: false })
  })

  it('to an address replaces the one before', async () => {
    const email = 'twice@test.example'
    await invite({ email })
    const first = tokenOf(await smtp().take(email))
    await invite({ email })
    const second = tokenOf(await smtp().take(email))
    expect((await accept(first, { email })).body.code).toBe('link_invalid')
    expect((await accept(second, { email })).status).toBe(201)
    const taken = await invite({ email })
    expect([taken.status, taken.invitation.code]).toEqual([409, 'email_taken'])
  })

  it('has its token in neither database nor log', async () => {
    const { token } = await invite({}, { headers: { 'idempotency-key': 'secret' } })
    await invite({ email: 'log@test.example' })
    const mailed = tokenOf(await smtp().take('log@test.example'))
    const stored = await call<unknown>('GET', '/api/invitations')
    for (const text of [JSON.stringify(stored.body), system().logged()]) {
      for (const secret of [token, mailed]) expect(text).not.toContain(secret.split('.')[1])
    }
    expect(system().logged()).not.toContain('log@test.example')
  })

  it('gives the role it was made with, whatever the request says', async () => {
    const { token } = await invite({ role: 'member' })
    const greedy = await accept(token, { role: 'admin' })
    expect(greedy.status).toBe(422)
    expect((await accept(token)).body.role).toBe('member')
    expect((await invite({ role: 'owner' })).status).toBe(422)
    await enrol('mia')
    expect((await invite({ role: 'admin' }, { as: 'mia' })).status).toBe(403)
  })

  it('of a former administrator is invalid', async () => {
    const eve = await enrol('eve')
    await call('PATCH', `/api/users/${eve.id}`, { body: { role: 'admin' } })
    const { token, status } = await invite({ role: 'admin' }, { as: 'eve' })
    expect(status).toBe(201)
    await call('PATCH', `/api/users/${eve.id}`, { body: { role: 'member' } })
    expect((await accept(token)).body.code).toBe('link_invalid')
  })

  it('is invalid while its maker is no administrator, however that happened', async () => {
    const zoe = await enrol('zoe')
    const { token, invitation } = await invite({ role: 'admin' })
    const makeBy = (id: string) => {
      const inSql = (text: string) =>
        system().databaseUrl.startsWith('sqlite:') ? `unhex('${text}', '-')` : `'${text}'`
      return changeByHand(
        system().databaseUrlOf('users'),
        `UPDATE invitations SET created_by = ${inSql(id)} WHERE id = ${inSql(invitation.id)}`,
      )
    }
    await makeBy(zoe.id)
    expect((await check(token)).body.code).toBe('link_invalid')
    expect((await accept(token)).body.code).toBe('link_invalid')
    await makeBy((await call<User>('GET', '/api/users/me')).body.id)
    expect((await check(token)).status).toBe(200)
    expect((await accept(token)).status).toBe(201)
  })

  it('is opened by no forged token, nor one of another kind', async () => {
    const { token } = await invite()
    const [id = '', seal = ''] = token.split('.')
    const forged = [`${id}.`, id, `${id}.${seal.slice(0, -1)}`, `${id.toUpperCase()}.${seal}`]
    for (const bad of [...forged, `${id}.${seal}.${seal}`, seal, `..${seal}`]) {
      expect([bad, (await accept(bad)).status]).toEqual([bad, 404])
    }
    const body = { token, password }
    for (const path of ['password_resets/complete', 'address_changes/refuse']) {
      expect((await call('POST', `/api/${path}`, { as: null, body })).status).toBe(404)
    }
    const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example' }
    const { invitation } = await invite({}, { headers })
    expect(invitation.link).toStartWith(`${publicUrl}/join#`)
    expect((await accept(token)).status).toBe(201)
  })

  it('survives a taken name, or a common password', async () => {
    const { token } = await invite()
    expect((await accept(token, { username: 'admin' })).body.code).toBe('username_taken')
    expect((await accept(token, { password: 'qwertyuiop' })).body.code).toBe('password_common')
    expect((await accept(token, { email: null })).status).toBe(422)
    expect((await accept(token)).status).toBe(201)
  })
})
