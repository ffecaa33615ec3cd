import { describe, expect, it, onTestFinished } from 'bun:test'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { handleInside } from '../../../shared/host/inside.ts'
import { sql } from 'drizzle-orm'
import type { CreatedApiKey } from '../../../shared/schemas/api-key.ts'
import type { BounceResult } from '../../../shared/schemas/bounce.ts'
import type { NotificationPreferences } from '../../../shared/schemas/notification.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { createStores } from '@campus/store/open.ts'
import { readBounce } from './bounce.ts'
import { useMailedPeople } from './fixture.ts'

interface Said {
  /** The headers that name the recipient. */
  of?: string
  status?: string
  action?: string
  diagnostic?: string
}

const named = (final: string, original = final) =>
  `Final-Recipient: rfc822; ${final}\nOriginal-Recipient: rfc822;${original}\n`
const ofPerson = (name: string) => named(`${name}@test.example`)

/** As Postfix reports it. */
const postfix = (
  returned: string,
  {
    of = ofPerson('anna'),
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

${of}Action: ${action}
Status: ${status}
Remote-MTA: dns; mx.test.example
Diagnostic-Code: ${diagnostic}

--A/1
Content-Type: text/rfc822-headers

${returned}
--A/1--
`

/** As Exchange does: without a server's reply, and quoted-printable. */
const exchange = (returned: string, name: string) =>
  `From: postmaster@test.example
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: message/delivery-status

Reporting-MTA: dns;ex.test.example

Final-recipient: RFC822; ${name}@Test.Example
Action: failed
Status: 5.1.10
X-Supplementary-Info: < #5.1.10 smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound>

--b
Content-Type: text/rfc822-headers
Content-Transfer-Encoding: quoted-printable

${returned.replace(/.{60}/g, '$&=\n')}
--b--
`.replaceAll('\n', '\r\n')

describeStores('a bounced mail', (makeDatabase) => {
  const people = useMailedPeople(makeDatabase, { MAIL_BOUNCES_TO: 'bounces@test.example' })
  const { call, join: joinUp, request, approve, mails, take, told, byHand } = people
  const { clock, countMails, setPreferences, system, mailAll } = people

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
    const id = await joinUp(name)
    await approve(await request(name))
    await take(name)
    const { headers, from } = mails().at(-1) ?? { headers: '', from: '' }
    return { id, headers, from }
  }

  it('counts as refused: no others follow, and people are notified', async () => {
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
    for (const noted of [true, false]) {
      const { status, body } = await post(report, asServer)
      expect([status, body]).toEqual([200, { noted }])
    }
    expect(await refusedSince('anna')).not.toBe(null)
    for (const name of ['anna', 'admin']) {
      const found = await told(name, id)
      expect(found).toMatchObject([{ kind: 'mail.refused', data: { cause: 'bounced 5.1.1' } }])
    }
    await approve(await request('anna'))
    await mailAll()
    expect([countMails('anna'), await told('admin', id)]).toMatchObject([1, [{}]])
  })

  it("is recorded from any server's report", async () => {
    const { headers } = await mailTo('bert')
    expect((await post(exchange(headers, 'bert'))).body).toEqual({ noted: true })
    expect(await refusedSince('bert')).not.toBe(null)
  })

  it('changes nothing if delayed, over quota, foreign, or of a former address', async () => {
    const { headers } = await mailTo('cora')
    const of = ofPerson('cora')
    const full = { of, status: '5.2.2', diagnostic: 'smtp; 552 5.2.2 Mailbox full' }
    const spam = { of, status: '5.7.1', diagnostic: 'smtp; 550 5.7.1 Looks like spam' }
    const [, seal = ''] = /\.([\w-]{43})@/.exec(headers) ?? []
    for (const report of [
      postfix(headers, { of, action: 'delayed', status: '4.4.1' }),
      postfix(headers, full),
      postfix(headers, spam),
      postfix(headers.replace(seal, seal.split('').toReversed().join('')), { of }),
      postfix('Subject: Nothing of ours', { of }),
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
    expect((await post(postfix(headers, { of }))).body).toEqual({ noted: false })
    expect(await refusedSince('cora')).toBe(null)
  })

  it('says nothing about an address that forwards to an unknown one', async () => {
    const { headers } = await mailTo('dora')
    const own = 'dora@test.example'
    const old = 'dora@old.example'
    const isFull = `${named(own)}Action: failed\nStatus: 5.2.2\n\n`
    for (const of of [named(old), named(old, own), isFull + named(old)]) {
      expect([of, (await post(postfix(headers, { of }))).body]).toEqual([of, { noted: false }])
    }
    expect(await refusedSince('dora')).toBe(null)
    expect((await post(postfix(headers, { of: '' }))).body).toEqual({ noted: true })
  })

  it('is notified once, however many bounce, and not after its owner retried', async () => {
    const first = await mailTo('emil')
    const second = await mailTo('emil')
    const of = ofPerson('emil')
    const report = async ({ headers }: { headers: string }) =>
      (await post(postfix(headers, { of }))).body.noted
    expect(await Promise.all([first, second, first, second].map(report))).toSatisfy(
      (noted: boolean[]) => noted.filter(Boolean).length === 1,
    )
    await told('emil', first.id)
    clock.now += 1000
    expect((await setPreferences('emil', { mail_refused: null })).status).toBe(200)
    expect([await report(first), await report(second)]).toEqual([false, false])
    expect(await refusedSince('emil')).toBe(null)
    clock.now += 1000
    expect(await report(await mailTo('emil'))).toBe(true)
    for (const name of ['emil', 'admin']) expect(await told(name, first.id, 2)).toHaveLength(2)
  })

  it('is recorded and notified in one commit', async () => {
    const { id, headers } = await mailTo('fred')
    const stores = createStores()
    onTestFinished(stores.close)
    const store = await stores.open(system().databaseUrlOf('notifications'))
    const both = sql`SELECT (SELECT count(*) FROM notification_preferences
        WHERE user_id = ${id} AND refused_address IS NOT NULL)
      - (SELECT count(*) FROM journal WHERE type = 'mail.refused' AND subject = ${id}) AS more`
    const seen = new Set<number>()
    const report = { isOver: false }
    const look = async () => {
      for (; !report.isOver; await Bun.sleep(0)) {
        const [row] = await store.rows<{ more: number }>(both)
        seen.add(Number(row?.more))
      }
    }
    const looking = look()
    expect((await post(postfix(headers, { of: ofPerson('fred') }))).body).toEqual({ noted: true })
    report.isOver = true
    await looking
    expect([...seen]).toEqual([0])
  })

  it('is kept by the mail server until accepted, with the documented script', async () => {
    const { headers } = await mailTo('gina')
    const docs = await Bun.file(`${import.meta.dir}/../../../docs/operations/README.md`).text()
    const [script = ''] = /#!\/bin\/sh\ncurl [^]*?(?=\n```)/.exec(docs) ?? []
    const folder = await mkdtemp(join(tmpdir(), 'campus-script-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const server = Bun.serve({ port: 0, fetch: (request) => handleInside(system().app, request) })
    onTestFinished(() => server.stop(true))
    async function pipe(key: string, url: string): Promise<number> {
      await writeFile(join(folder, 'key'), `authorization: Bearer ${key}\n`)
      const here = script
        .replace('/etc/campus/key', join(folder, 'key'))
        .replace('https://campus.example.org', url)
      const stdin = Buffer.from(postfix(headers, { of: ofPerson('gina') }))
      return Bun.spawn(['sh', '-c', here], { stdin, stderr: 'ignore' }).exited
    }
    const body = { name: 'The script', scopes: ['notifications:manage'] }
    const { key } = (await call<CreatedApiKey>('POST', '/api/api_keys', { body })).body
    expect(await pipe(`${key}x`, server.url.origin)).toBe(75)
    expect(await pipe(key, 'http://127.0.0.1:9')).toBe(75)
    expect(await refusedSince('gina')).toBe(null)
    expect(await pipe(key, server.url.origin)).toBe(0)
    expect(await refusedSince('gina')).not.toBe(null)
  })

  it('is accepted from administrators only, as mail, and bounded', async () => {
    const report = postfix('Subject: A')
    expect((await post(report, { as: 'hugo' })).status).toBe(403)
    expect((await post(report, { as: null })).status).toBe(401)
    expect((await post(report, { headers: { 'content-type': 'text/plain' } })).status).toBe(415)
    expect((await post('x'.repeat(256 * 1024 + 1))).status).toBe(413)
  })
})

describe('a bounce report', () => {
  it('is parsed quickly, whatever it is', () => {
    const size = 256 * 1024
    const fill = (text: string) => text.repeat(size / text.length)
    const report = 'Content-Type: message/delivery-status\nAction: failed\n'
    const id = '0'.repeat(36)
    for (const text of [
      'Status: ',
      '\n ',
      '=\n',
      '\n\n',
      'Action: failed\n\n',
      'Final-Recipient: a',
      `${id}.`,
      `${id}.${id}.`,
      'Action: ',
      ' ',
      '-',
    ]) {
      const began = performance.now()
      readBounce(report + fill(text))
      expect([text, performance.now() - began < 250]).toEqual([text, true])
    }
  })

  it("says by status, or by the server's reply, that an address is unknown", () => {
    const said = (status: string, diagnostic = '') =>
      readBounce(postfix('', { status, diagnostic })).failures[0]?.isNoAddress
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
