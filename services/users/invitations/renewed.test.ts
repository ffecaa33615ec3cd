import { expect, it } from 'bun:test'
import type { Invitation, MadeInvitation } from '../../../shared/schemas/invitation.ts'
import type { Problem } from '../../../shared/schemas/problem.ts'
import type { User } from '../../../shared/schemas/user.ts'
import { changeByHand } from '../../../shared/testing/by-hand.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { tokenOf } from '../../../shared/testing/smtp.ts'
import { testPassword, type SendOptions } from '../../testing/system.ts'
import { useMail } from '../mail/fixture.ts'

describeStores('a renewed invitation', (makeDatabase) => {
  const { system, smtp } = useMail(makeDatabase, { SIGN_UP: 'invited' })

  async function call<T = Problem>(method: string, path: string, options?: SendOptions) {
    const answer = await system().send(method, path, options)
    return { status: answer.status, body: JSON.parse((await answer.text()) || '{}') as T }
  }

  const invite = (body: object, options: SendOptions = {}) =>
    call<MadeInvitation>('POST', '/api/invitations', { body, ...options })

  const renew = (id: string, options: SendOptions = {}) =>
    call<MadeInvitation & Problem>('POST', `/api/invitations/${id}/link`, options)

  const pending = async (email: string) =>
    (await call<Invitation[]>('GET', '/api/invitations')).body.filter((one) => one.email === email)

  const isOpen = async (link: string) => {
    const body = { token: tokenOf({ text: link }) }
    return (await call('POST', '/api/invitations/check', { as: null, body })).status === 200
  }

  const byHand = (text: string) => changeByHand(system().databaseUrlOf('users'), text)

  /** An administrator; `as` its name logs in. */
  async function enrol(username: string) {
    const body = { username, email: `${username}@test.example`, password: testPassword }
    const { id } = (await call<User>('POST', '/api/users', { body })).body
    await call('PATCH', `/api/users/${id}`, { body: { role: 'admin' } })
  }

  it('shows one link that works, and refuses others who renew it at that moment', async () => {
    const { id } = (await invite({})).body
    const answers = await Promise.all(Array.from({ length: 6 }, () => renew(id)))
    const said = answers.map(({ status, body }) => body.code ?? status)
    expect(new Set<unknown>(said)).toEqual(new Set<unknown>([200, 'invitation_renewed']))
    const links = answers.flatMap(({ body }) => body.link ?? [])
    const open = await Promise.all(links.map(isOpen))
    expect(open.filter(Boolean)).toHaveLength(1)
  })

  it('replaces another one of who renews it to that address', async () => {
    const email = 'both@test.example'
    await enrol('ida')
    await invite({ email })
    const { id } = (await invite({ email }, { as: 'ida' })).body
    expect(await pending(email)).toHaveLength(2)
    expect((await renew(id)).status).toBe(200)
    expect((await pending(email)).map((one) => one.id)).toEqual([id])
    await renew(id, { as: 'ida' })
    expect((await pending(email)).map((one) => [one.id, one.invited_by])).toEqual([[id, 'ida']])
  })

  it('is shown to a retry of its creation without the link that ended', async () => {
    const again = { headers: { 'idempotency-key': 'renewed' } }
    const { body: first } = await invite({}, again)
    expect((await invite({}, again)).body).toEqual(first)
    await renew(first.id)
    expect(await invite({}, again)).toEqual({ status: 201, body: { ...first, link: null } })
    await call('DELETE', `/api/invitations/${first.id}`)
    expect((await invite({}, again)).body.link).toBeNull()
  })

  it('of an earlier version shows a retry no link that may have been mailed', async () => {
    const email = 'earlier@test.example'
    const again = { headers: { 'idempotency-key': 'earlier' } }
    const { body: made } = await invite({ email }, again)
    expect((await invite({ email }, again)).body).toEqual(made)
    await smtp().take(email)
    await byHand(`UPDATE invitations SET mailed = NULL WHERE email = '${email}'`)
    const old = `replace(answer, ',"mailed":true', '')`
    await byHand(`UPDATE idempotency_keys SET answer = ${old} WHERE answer LIKE '%${email}%'`)
    const { status, body } = await invite({ email }, again)
    expect([status, body]).toEqual([201, { ...made, mailed: false, link: null }])
  })
})
