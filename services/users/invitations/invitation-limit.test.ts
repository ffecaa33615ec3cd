import { expect, it } from 'bun:test'
import type { MadeInvitation } from '../../../shared/schemas/invitation.ts'
import type { Problem } from '../../../shared/schemas/problem.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { listenForTest } from '../../../shared/testing/listen.ts'
import { startSmtp, tokenOf } from '../../../shared/testing/smtp.ts'
import { startForTest, testPassword } from '../../testing/system.ts'

const publicUrl = 'https://campus.test.example'

describeStores('invitations', (makeDatabase) => {
  it('are limited per day and administrator', async () => {
    const system = await startForTest(makeDatabase)
    const statuses = []
    for (let at = 0; at < 201; at++) {
      statuses.push((await system.send('POST', '/api/invitations', { body: {} })).status)
    }
    expect(statuses.filter((status) => status === 201)).toHaveLength(200)
    expect(statuses.at(-1)).toBe(429)
    await system.close()
  }, 60_000)

  it('are guessed a limited number of times per network, then always refused', async () => {
    const environment = { TRUSTED_PROXIES: '127.0.0.0/8' }
    const system = await startForTest(makeDatabase, { environment })
    const url = listenForTest(system.app)
    const made = await system.send('POST', '/api/invitations', { body: {} })
    const good = tokenOf({ text: ((await made.json()) as MadeInvitation).link ?? '' })
    const check = async (address: string, token: string) => {
      const headers = { 'content-type': 'application/json', 'x-forwarded-for': address }
      const body = JSON.stringify({ token })
      return (await fetch(`${url}/api/invitations/check`, { method: 'POST', headers, body })).status
    }
    for (let at = 0; at < 30; at++) expect(await check('192.0.2.1', `guess-${at}`)).toBe(404)
    expect(await check('192.0.2.1', 'guess')).toBe(429)
    expect(await check('192.0.2.1', good)).toBe(429)
    // Holders of links do not block each other, nor does a guesser elsewhere.
    for (let at = 0; at < 40; at++) expect(await check('198.51.100.1', good)).toBe(200)
    await system.close()
  }, 60_000)

  it('are refused with what to set, if mail is off or links have no address', async () => {
    const environment = { NODE_ENV: 'production', SAMPLE_DATA: 'false' }
    const system = await startForTest(makeDatabase, { environment })
    const answer = await system.send('POST', '/api/invitations', { body: {} })
    const problem = (await answer.json()) as Problem
    expect([answer.status, problem.code]).toEqual([409, 'public_url_not_set'])
    expect(problem.detail).toContain('PUBLIC_URL')
    await system.close()
    const named = { ...environment, PUBLIC_URL: publicUrl }
    const other = await startForTest(makeDatabase, { environment: named })
    const email = 'a@test.example'
    const mailed = await other.send('POST', '/api/invitations', { body: { email } })
    const { code, detail } = (await mailed.json()) as Problem
    expect([mailed.status, code]).toEqual([409, 'mail_not_set'])
    expect(detail).toContain('SMTP_URL')
    expect((await other.send('POST', '/api/invitations', { body: {} })).status).toBe(201)
    await other.close()
  }, 30_000)

  it('are links to pass on where no mail arrives, and prove no address then', async () => {
    const system = await startForTest(makeDatabase, { environment: { PUBLIC_URL: publicUrl } })
    const email = 'a@test.example'
    for (const wrong of [`<${email}>`, `A <${email}>`, '"a"@test.example', 'a@test.example>']) {
      const refused = await system.send('POST', '/api/invitations', { body: { email: wrong } })
      expect(refused.status).toBe(422)
    }
    const made = await system.send('POST', '/api/invitations', { body: { email } })
    const { link } = (await made.json()) as MadeInvitation
    const token = link?.split('#')[1]
    const body = { token, username: 'anton', password: testPassword }
    const accepted = await system.send('POST', '/api/invitations/accept', { as: null, body })
    expect(await accepted.json()).toMatchObject({ email, email_verified: false })
    await system.close()
  })

  it('are requested with an address of the organisation, and no other', async () => {
    const smtp = await startSmtp()
    const environment = {
      SIGN_UP: 'domain',
      SIGN_UP_DOMAINS: 'org.example, sub.org.example',
      SMTP_URL: smtp.url,
      MAIL_FROM: 'campus@org.example',
      PUBLIC_URL: publicUrl,
    }
    const system = await startForTest(makeDatabase, { environment })
    system.startTasks()
    const ask = async (email: string) => {
      const options = { as: null, body: { email } }
      const answer = await system.send('POST', '/api/invitations/request', options)
      const text = await answer.text()
      return [answer.status, text && (JSON.parse(text) as Problem).code]
    }
    for (const email of ['a@evil.example', 'a@org.example.evil.example', 'a@xorg.example']) {
      expect(await ask(email)).toEqual([422, 'domain_not_allowed'])
    }
    expect(await ask('Noor@Org.example')).toEqual([204, ''])
    const token = tokenOf(await smtp.take('noor@org.example'))
    const account = { token, username: 'noor', password: testPassword }
    const accepted = await system.send('POST', '/api/invitations/accept', {
      as: null,
      body: account,
    })
    expect(await accepted.json()).toMatchObject({ email_verified: true, role: 'member' })
    // The same response for an address with an account; its owner gets a mail.
    expect(await ask('noor@org.example')).toEqual([204, ''])
    expect((await smtp.take('noor@org.example')).subject).toBe('You already have an account')
    const body = { ...account, username: 'xaver', email: 'x@org.example', token: undefined }
    const open = await system.send('POST', '/api/users', { as: null, body })
    expect(open.status).toBe(403)
    await system.close()
    await smtp.close()
  }, 30_000)
})
