import { describe, expect, it } from 'bun:test'
import type { CreatedApiKey } from '../../../shared/schemas/api-key.ts'
import type { BounceResult } from '../../../shared/schemas/bounce.ts'
import type { NotificationPreferences } from '../../../shared/schemas/notification.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { readBounce } from './bounce.ts'
import { useMailedPeople } from './fixture.ts'

interface Said {
  status?: string
  action?: string
  diagnostic?: string
}

/** As Postfix reports it. */
const postfix = (
  returned: string,
  {
    status = '5.1.1',
    action = 'failed',
    diagnostic = 'smtp; 550 5.1.1 <anna@test.example>: unknown',
  }: Said = {},
) => `Return-Path: <>
From: MAILER-DAEMON@relay.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: bounces@test.example
Auto-Submitted: auto-replied
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="A/1"
Message-Id: <20270301090000.1@relay.example>

--A/1
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--A/1
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example
Arrival-Date: Mon,  1 Mar 2027 09:00:00 +0000 (UTC)

Final-Recipient: rfc822; anna@test.example
Original-Recipient: rfc822;anna@test.example
Action: ${action}
Status: ${status}
Remote-MTA: dns; mx.test.example
Diagnostic-Code: ${diagnostic}

--A/1
Content-Type: text/rfc822-headers

${returned}
--A/1--
`

/** As Exchange does: no words of a server, and headers in quoted-printable. */
const exchange = (returned: string) =>
  `From: postmaster@test.example
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: message/delivery-status

Reporting-MTA: dns;ex.test.example

Final-recipient: RFC822; anna@test.example
Action: failed
Status: 5.1.10
X-Supplementary-Info: < #5.1.10 smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound>

--b
Content-Type: text/rfc822-headers
Content-Transfer-Encoding: quoted-printable

${returned.replace(/.{60}/g, '$&=\n')}
--b--
`.replaceAll('\n', '\r\n')

describeStores('a mail that came back', (makeDatabase) => {
  const people = useMailedPeople(makeDatabase, { MAIL_BOUNCES_TO: 'bounces@test.example' })
  const { call, join, request, approve, mails, take, told, countMails, byHand } = people

  const post = (body: string, options = {}) =>
    call<BounceResult & { code?: string }>('POST', '/api/notifications/bounces', {
      headers: { 'content-type': 'message/rfc822' },
      ...options,
      body,
    })
  const refusedSince = async (as: string) =>
    (await call<NotificationPreferences>('GET', '/api/notifications/preferences', { as })).body
      .mail_refused
  async function mailTo(name: string) {
    const id = await join(name)
    await approve(await request(name))
    await take(name)
    const { headers, from } = mails().at(-1) ?? { headers: '', from: '' }
    return { id, headers, from }
  }

  it('is noted as one that was refused: no others follow, and people read so', async () => {
    const { id, headers, from } = await mailTo('anna')
    expect(from).toBe('bounces@test.example')
    expect(headers).toMatch(/^From: Campus <campus@test.example>$/m)
    const key = { name: 'The mail server', scopes: ['notifications:manage'] }
    const made = (await call<CreatedApiKey>('POST', '/api/api_keys', { body: key })).body
    const asServer = {
      as: null,
      headers: { authorization: `Bearer ${made.key}`, 'content-type': 'message/rfc822' },
    }
    const report = postfix(headers)
    for (let times = 0; times < 2; times++) {
      const { status, body } = await post(report, asServer)
      expect([status, body]).toEqual([200, { noted: true }])
    }
    expect(await refusedSince('anna')).not.toBe(null)
    for (const name of ['anna', 'admin']) {
      const found = await told(name, id)
      expect(found).toMatchObject([{ kind: 'mail.refused', data: { cause: 'bounced 5.1.1' } }])
    }
    await approve(await request('anna'))
    await Bun.sleep(2500)
    expect([countMails('anna'), await told('admin', id)]).toMatchObject([1, [{}]])
  })

  it('is noted whoever reports it, by what they say', async () => {
    const { headers } = await mailTo('bert')
    expect((await post(exchange(headers))).body).toEqual({ noted: true })
    expect(await refusedSince('bert')).not.toBe(null)
  })

  it('changes nothing when it is late, full, of another, or of an address of before', async () => {
    const { headers } = await mailTo('cora')
    const full = { status: '5.2.2', diagnostic: 'smtp; 552 5.2.2 Mailbox full' }
    const spam = { status: '5.7.1', diagnostic: 'smtp; 550 5.7.1 Looks like spam' }
    const [, seal = ''] = /\.([\w-]{43})@/.exec(headers) ?? []
    for (const report of [
      postfix(headers, { action: 'delayed', status: '4.4.1' }),
      postfix(headers, full),
      postfix(headers, spam),
      postfix(headers.replace(seal, seal.split('').toReversed().join(''))),
      postfix('Subject: Nothing of ours'),
      `Subject: Away\n\n${headers}`,
    ]) {
      const { status, body } = await post(report)
      expect([status, body]).toEqual([200, { noted: false }])
    }
    expect(await refusedSince('cora')).toBe(null)
    await byHand(
      'users',
      `UPDATE users SET email = 'new@test.example', verified_email = 'new@test.example'
       WHERE username = 'cora'`,
    )
    expect((await post(postfix(headers))).body).toEqual({ noted: false })
    expect(await refusedSince('cora')).toBe(null)
  })

  it('is taken from administrators alone, as mail, and bounded', async () => {
    const report = postfix('Subject: A')
    expect((await post(report, { as: 'dora' })).status).toBe(403)
    expect((await post(report, { as: null })).status).toBe(401)
    expect((await post(report, { headers: { 'content-type': 'text/plain' } })).status).toBe(415)
    expect((await post('x'.repeat(256 * 1024 + 1))).status).toBe(413)
  })
})

describe('what comes back', () => {
  it('is read in no time, whatever it is', () => {
    const size = 256 * 1024
    const fill = (text: string) => text.repeat(size / text.length)
    const report = 'Content-Type: message/delivery-status\nAction: failed\n'
    const id = '0'.repeat(36)
    for (const text of ['Status: ', '\n ', '=\n', `${id}.`, `${id}.${id}.`, 'Action: ', ' ', '-']) {
      const began = performance.now()
      readBounce(report + fill(text))
      expect([text, performance.now() - began < 250]).toEqual([text, true])
    }
  })

  it('says by a status, or by the words of a server, that there is nobody', () => {
    const said = (status: string, diagnostic = '') =>
      readBounce(postfix('', { status, diagnostic }))?.isNoAddress
    for (const status of ['5.1.1', '5.1.2', '5.1.10', '5.2.1', '5.4.4']) {
      expect([status, said(status)]).toEqual([status, true])
    }
    for (const status of ['5.1.8', '5.2.2', '5.4.7', '5.7.1', '4.4.7']) {
      expect([status, said(status, 'smtp; 451 Later')]).toEqual([status, false])
    }
    expect(said('5.0.0', 'smtp; 550 No such user')).toBe(true)
    expect(said('5.0.0', 'smtp; 554 5.7.1 Relay access denied')).toBe(false)
  })
})
