import { afterAll, beforeAll, expect, it } from 'bun:test'
import { changeByHand } from '../../../shared/testing/by-hand.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { startSmtp, type SmtpForTest } from '../../../shared/testing/smtp.ts'
import { own, usePasskeys } from './fixture.ts'

describeStores('a mail about a passkey', (makeDatabase) => {
  let smtp: SmtpForTest
  const mails: Record<string, string> = { MAIL_FROM: 'Campus <campus@test.example>' }
  beforeAll(async () => {
    smtp = await startSmtp()
    mails['SMTP_URL'] = smtp.url
  })
  const { system, send, add, begin } = usePasskeys(makeDatabase, mails)
  beforeAll(() => system().startTasks())
  afterAll(() => smtp.close())

  const verify = (name: string) =>
    changeByHand(
      system().databaseUrlOf('users'),
      `UPDATE users SET verified_email = email WHERE username_key = '${name}'`,
    )
  const subjectsTo = (name: string) => {
    const mails = smtp.mails.filter(({ to }) => to.includes(`${name}@test.example`))
    return mails.map(({ subject }) => subject)
  }

  it('is sent to its owner, in their language, when one is added or removed', async () => {
    await system().tokenOf('lena')
    await verify('lena')
    // The mail to verify the address.
    await smtp.take('lena@test.example')
    const { added } = await add('lena')
    const first = await smtp.take('lena@test.example')
    expect(first.subject).toBe('A passkey was added to your account')
    expect(first.text).toContain('your Campus account lena')
    const removal = { as: 'lena', body: own, headers: { 'accept-language': 'de' } }
    await send('DELETE', `/api/passkeys/${added.passkey.id}`, removal)
    const second = await smtp.take('lena@test.example')
    expect(second.subject).toBe('Von Ihrem Konto wurde ein Passkey entfernt')
  })

  it('is sent to its owner when an administrator removed it', async () => {
    await system().tokenOf('max')
    await verify('max')
    await smtp.take('max@test.example')
    const { added } = await add('max')
    await smtp.take('max@test.example')
    const gone = await send('DELETE', `/api/passkeys/${added.passkey.id}`, { body: {} })
    expect(gone.status).toBe(204)
    expect((await smtp.take('max@test.example')).subject).toBe(
      'A passkey was removed from your account',
    )
  })

  it('is not sent for a refusal, nor to an unverified address', async () => {
    await system().tokenOf('nora')
    await add('nora')
    await system().tokenOf('olga')
    await verify('olga')
    const begun = await begin('olga')
    expect((await begun.finish('Laptop', { origin: 'https://evil.example' })).status).toBe(422)
    // The last recipient's mail is read last.
    await system().tokenOf('pia')
    await verify('pia')
    await smtp.take('pia@test.example')
    await add('pia')
    await smtp.take('pia@test.example')
    expect([subjectsTo('nora'), subjectsTo('olga')].flat()).not.toContain(
      'A passkey was added to your account',
    )
  })
})
