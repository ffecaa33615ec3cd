import { afterAll, beforeAll, expect, it } from 'bun:test'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MailPreview, MailTemplate } from '../../../shared/schemas/mail-template.ts'
import { accountMails } from '../../../shared/mail/account-mails.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { publicUrl, useMail } from './fixture.ts'

const templates = '/api/notifications/templates'

describeStores('a mail about an account', (makeDatabase) => {
  const environment: Record<string, string> = {
    TIME_ZONE: 'Europe/Berlin',
    MAIL_BOUNCES_TO: 'bounces@test.example',
  }
  beforeAll(async () => {
    environment['MAIL_TEMPLATES'] = await mkdtemp(join(tmpdir(), 'campus-templates-'))
    await mkdir(join(environment['MAIL_TEMPLATES'], 'de'))
  })
  const { system, smtp } = useMail(makeDatabase, environment)
  afterAll(() => rm(environment['MAIL_TEMPLATES'] ?? '', { recursive: true }))

  const writeTemplate = (path: string, text: string) =>
    writeFile(join(environment['MAIL_TEMPLATES'] ?? '', path), text)
  const invite = async (name: string, language: string) => {
    const email = `${name}@test.example`
    const headers = { 'accept-language': language }
    await system().send('POST', '/api/invitations', { headers, body: { email } })
    return smtp().take(email)
  }
  async function show(name: string, language: string): Promise<MailPreview> {
    const answer = await system().send('GET', `${templates}/${name}?language=${language}`)
    expect([name, answer.status]).toEqual([name, 200])
    return (await answer.json()) as MailPreview
  }

  it("is plain text and HTML, in the requester's language", async () => {
    const english = await invite('anna', 'en-GB')
    expect(english.subject).toBe('Your invitation to Campus')
    expect(english.text).toMatch(/^You are invited to Campus\.\nadmin invites you\.\n\nChoose/)
    expect(english.text).toMatch(/The link works once, until Mon, 8 March 2027 at 10:00 CET\./)
    const [, link] = /\n(https:\S+)\n/.exec(english.text) ?? []
    expect(link).toStartWith(`${publicUrl}/join#`)
    expect(english.html).toContain(`<a href="${link}">${link}</a>`)
    expect(english.html).toContain('<html lang="en">')
    expect(english.html).not.toContain('<hr>')
    // A person reads the replies.
    expect(english.from).toBe('campus@test.example')
    const german = await invite('bert', 'de-DE')
    expect(german.subject).toBe('Ihre Einladung zu Campus')
    expect(german.text).toContain('admin lädt Sie ein.')
    expect(german.html).toContain('<html lang="de">')
  })

  it('is previewed for administrators, in both languages', async () => {
    const listed = (await (await system().send('GET', templates)).json()) as MailTemplate[]
    for (const language of ['en', 'de']) {
      for (const kind of accountMails) {
        const name = `account.${kind}`
        expect(listed).toContainEqual({ name, language, own: false, faults: [] } as MailTemplate)
        const { subject, text, html } = await show(name, language)
        expect(subject).not.toBe('')
        expect(text).toContain(`\n${publicUrl}/…\n`)
        expect(html).toContain(`<a href="${publicUrl}/…">`)
        expect([name, text + subject + html]).toEqual([name, expect.not.stringContaining('{{')])
      }
    }
  })

  it("has the operator's text, unless it is invalid", async () => {
    const path = 'de/account.invitation.txt'
    await writeTemplate(path, 'Subject: Hallo\n\n{{title}} ohne Adresse\n')
    expect(await show('account.invitation', 'de')).toMatchObject({
      own: true,
      faults: ['{{link}} is missing on a line without another {{…}}.', '{{title}} is unknown.'],
      subject: 'Ihre Einladung zu Campus',
    })
    expect((await invite('cora', 'de')).subject).toBe('Ihre Einladung zu Campus')
    await writeTemplate(path, 'Subject: Hallo\n\n{{name}} bittet, hier <entlang>:\n{{link}}\n')
    expect(await show('account.invitation', 'de')).toMatchObject({ own: true, faults: [] })
    const mail = await invite('dora', 'de')
    expect(mail.subject).toBe('Hallo')
    expect(mail.text).toMatch(/^admin bittet, hier <entlang>:\nhttps:\S+\n$/)
    expect(mail.html).toContain('<p>admin bittet, hier &lt;entlang&gt;:<br>')
  })

  it('always has its link and subject, whatever is unknown about its reader', async () => {
    const subject = 'Write the subject without {{…}}.'
    const link = '{{link}} is missing on a line without another {{…}}.'
    const until = '{{until}} is unknown.'
    for (const [kind, text, faults] of [
      ['password', 'Subject: Hallo\n\nHallo {{name}}: {{link}}\n', [link]],
      ['keep', 'Subject: Hallo {{link}}\n\nHallo\n', [subject, link]],
      ['invitation', 'Subject: {{name}} bittet\n\n{{link}}\n', [subject]],
      ['taken', 'Subject: Hallo\n\n{{link}} (bis {{until}})\n', [link, until]],
      ['passkey_added', 'Subject: Hallo\n\n{{link}}\nBis {{until}}\n', [until]],
      ['address', 'Subject: Hallo\n\nHier {{link}}\nBis {{until}}\n', []],
    ] as const) {
      await writeTemplate(`de/account.${kind}.txt`, text)
      expect([kind, (await show(`account.${kind}`, 'de')).faults]).toEqual([kind, [...faults]])
    }
  })
})
