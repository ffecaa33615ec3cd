import { expect, it } from 'bun:test'
import type { MailPreview } from '../../../shared/schemas/mail-template.ts'
import type { NotificationPreferences } from '../../../shared/schemas/notification.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { publicUrl } from '../../users/mail/fixture.ts'
import { useMailedPeople } from './fixture.ts'

const unsubscribeOf = (text: string) =>
  new URL(/https:\S+\/unsubscribe\/\S+/.exec(text)?.[0] ?? '').pathname

describeStores('a mail about a booking', (makeDatabase) => {
  const people = useMailedPeople(makeDatabase)
  const { call, join, request, approve, cancel, take, told, kindsOf, countMails } = people
  const { clock, setPreferences, writeTemplate, byHand, mails, system, happen } = people
  const { addType, addGroup, addResource, setPolicy, book, mailAll } = people

  it('is readable in a mail program, with the booking for a calendar', async () => {
    await join('anna')
    await call('GET', '/api/notifications', { as: 'anna', headers: { 'accept-language': 'de-DE' } })
    const booking = await request('anna', 'Besuch <b>bei</b> Müller & Söhnen https://evil.example/')
    await approve(booking)
    const mail = await take('anna')
    expect(mail.subject).toBe(`Genehmigt: ${booking.title} (${booking.number})`)
    expect(mail.text).toContain('admin hat Ihre Anfrage genehmigt:')
    expect(mail.text).toContain('Mo., 1. März 2027, 10:00–12:00 Uhr MEZ')
    expect(mail.text).toContain(`${publicUrl}/bookings/${booking.id}`)
    expect(mail.text).not.toContain('{{')
    expect(mail.html).toContain('Besuch &lt;b&gt;bei&lt;/b&gt; Müller &amp; Söhnen')
    expect(mail.html).toContain(`<a href="${publicUrl}/bookings/${booking.id}">`)
    expect(mail.html).not.toContain('href="https://evil')
    expect(mail.headers.get('auto-submitted')).toBe('auto-generated')
    expect(mail.headers.get('list')).toMatchObject({
      unsubscribe: { url: publicUrl + unsubscribeOf(mail.text ?? '') },
    })
    expect(mails().at(-1)?.headers).toContain('List-Unsubscribe-Post: List-Unsubscribe=One-Click')
    const [calendar, ...others] = mail.attachments
    expect(others).toEqual([])
    expect(calendar).toMatchObject({ contentType: 'text/calendar', filename: 'booking.ics' })
    expect(calendar?.content.toString()).toContain(`UID:${booking.id}`)
    // Nobody else was notified, and nobody twice.
    await mailAll()
    expect(countMails('anna')).toBe(1)
    expect(mails().flatMap(({ to }) => to)).toEqual(['anna@test.example'])
  })

  it('of a kind ends by one click, for its recipient, but not by guessing', async () => {
    await join('bert')
    const booking = await request('bert')
    await approve(booking)
    const path = unsubscribeOf((await take('bert')).text ?? '')
    const ask = await call<string>('GET', path, { as: null })
    expect([ask.status, ask.body]).toEqual([200, expect.stringContaining('<form method="post">')])
    const read = async () =>
      (await call<NotificationPreferences>('GET', '/api/notifications/preferences', { as: 'bert' }))
        .body.effective.kinds
    expect((await read())['booking.approved']).toBe('mail')
    for (const guess of [path.slice(0, -1), path.replace(/approved/, 'changed'), `${path}x`]) {
      expect([guess, (await call('POST', guess, { as: null })).status]).toEqual([guess, 404])
    }
    expect((await read())['booking.approved']).toBe('mail')
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const click = { as: null, headers, body: 'List-Unsubscribe=One-Click' }
    expect((await call('POST', path, click)).status).toBe(200)
    expect((await call('POST', path, click)).status).toBe(200)
    expect(await read()).toMatchObject({ 'booking.approved': 'inbox', 'booking.changed': 'mail' })
    const next = await request('bert')
    await approve(next)
    await cancel(next)
    const { subject, attachments } = await take('bert')
    expect(subject).toStartWith('Cancelled: ')
    expect(attachments[0]?.content.toString()).toContain('STATUS:CANCELLED')
    expect(kindsOf(await told('bert', next.id, 2))).toEqual([
      'booking.approved',
      'booking.cancelled',
    ])
    expect(countMails('bert')).toBe(2)
    await setPreferences('bert', { kinds: { 'booking.approved': 'off' } })
    expect((await call('POST', path, click)).status).toBe(200)
    expect((await read())['booking.approved']).toBe('off')
  })

  it('waits for the end of quiet hours, and is not sent if read by then', async () => {
    for (const name of ['carl', 'cora']) await join(name)
    clock.now = Date.parse('2027-01-02T22:30:00Z')
    const quiet = { quiet_hours: { from: '22:00', to: '07:00' } }
    for (const name of ['carl', 'cora']) {
      expect((await setPreferences(name, quiet)).status).toBe(200)
      const booking = await request(name)
      await approve(booking)
      await told(name, booking.id)
    }
    expect((await call('POST', '/api/notifications/read', { as: 'cora', body: {} })).status).toBe(
      200,
    )
    clock.now = Date.parse('2027-01-03T05:59:00Z')
    // Like a retried one.
    await byHand('notifications', 'UPDATE mails SET due = created')
    await mailAll()
    expect([countMails('carl'), countMails('cora')]).toEqual([0, 0])
    clock.now = Date.parse('2027-01-03T06:00:00Z')
    await take('carl')
    await mailAll()
    expect([countMails('carl'), countMails('cora')]).toEqual([1, 0])
  })

  it('of the day has what happened in it, once', async () => {
    await join('dora')
    clock.now = Date.parse('2027-01-04T09:00:00Z')
    const kinds = { 'booking.approved': 'digest', 'booking.cancelled': 'digest' }
    await setPreferences('dora', { kinds, digest_at: '18:00' })
    const booking = await request('dora', 'A day out')
    await approve(booking)
    await told('dora', booking.id)
    await cancel(booking)
    await told('dora', booking.id, 2)
    clock.now = Date.parse('2027-01-04T17:00:00Z')
    const mail = await take('dora')
    expect(mail.subject).toBe('Your day at Campus: 2 new')
    expect(mail.text).toContain(`Approved: A day out (${booking.number})`)
    expect(mail.text).toContain(`Cancelled: A day out (${booking.number})`)
    clock.now += 24 * 60 * 60_000
    await mailAll()
    expect(countMails('dora')).toBe(1)
  })

  it('that is permanently refused is reported in the inbox, and no other is sent', async () => {
    const id = await join('gone1')
    const booking = await request('gone1')
    await approve(booking)
    for (const name of ['gone1', 'admin']) {
      expect(await told(name, id)).toMatchObject([{ kind: 'mail.refused', data: { for: id } }])
    }
    const own = '/api/notifications/preferences'
    const read = async () => (await call<NotificationPreferences>('GET', own, { as: 'gone1' })).body
    expect((await read()).mail_refused).toBe(new Date(clock.now).toISOString())
    await cancel(booking)
    await told('gone1', booking.id, 2)
    await mailAll()
    expect(await told('admin', id)).toHaveLength(1)
    expect((await setPreferences('gone1', { mail_refused: null })).status).toBe(200)
    expect((await read()).mail_refused).toBe(null)
  })

  it("waits while the server relays nothing, which is not the address's fault", async () => {
    await join('far1')
    await approve(await request('far1'))
    const tries = () =>
      system()
        .logged()
        .split('\n')
        .filter((line) => line.includes('RCPT TO 554'))
    while (tries().length === 0) await Bun.sleep(50)
    expect(tries().filter((line) => line.includes('given up'))).toEqual([])
    const own = '/api/notifications/preferences'
    const { body } = await call<NotificationPreferences>('GET', own, { as: 'far1' })
    expect(body.mail_refused).toBe(null)
  })

  it('that waits is not sent once its kind is muted', async () => {
    await join('nina')
    clock.now = Date.parse('2027-01-12T23:00:00Z')
    await setPreferences('nina', { quiet_hours: { from: '22:00', to: '07:00' } })
    const booking = await request('nina')
    await approve(booking)
    await told('nina', booking.id)
    await setPreferences('nina', { kinds: { 'booking.approved': 'inbox' } })
    await cancel(booking)
    await told('nina', booking.id, 2)
    clock.now = Date.parse('2027-01-13T07:00:00Z')
    expect((await take('nina')).subject).toStartWith('Cancelled')
    await mailAll()
    expect(countMails('nina')).toBe(1)
  })

  it('asks nobody to decide what was decided meanwhile', async () => {
    await join('mona')
    clock.now = Date.parse('2027-01-15T23:00:00Z')
    await setPreferences('mona', { quiet_hours: { from: '22:00', to: '07:00' } })
    const type = await addType()
    const rights = [
      { group: await addGroup('mona'), may: 'manage' },
      { group: null, may: 'request' },
    ]
    await setPolicy({ type, rules: { rights, approval: { when: 'always' } } })
    const ask = async (title: string) =>
      (await book({ items: [{ resource_id: await addResource(type) }], title })).body
    const [decided, open] = [await ask('Decided'), await ask('Open')]
    for (const { id } of [decided, open]) await told('mona', id)
    await approve(decided)
    await told('anna', decided.id)
    clock.now = Date.parse('2027-01-16T07:00:00Z')
    expect((await take('mona')).subject).toContain('Open')
    expect([countMails('mona'), await told('mona', decided.id)]).toMatchObject([1, [{}]])
  })

  it('with a deadline does not wait beyond it, and is not sent after it', async () => {
    const olga = await join('olga')
    clock.now = Date.parse('2027-01-17T23:00:00Z')
    await setPreferences('olga', { quiet_hours: { from: '22:00', to: '07:00' } })
    const span = (hours: number) => ({
      booked_for: olga,
      from: new Date(clock.now + hours * 3_600_000).toISOString(),
      to: new Date(clock.now + (hours + 1) * 3_600_000).toISOString(),
    })
    const [late, soon, day, last] = ['late', 'soon', 'day', 'last']
    await happen('booking.reminder', late, { ...span(-1), title: 'Begun' })
    await happen('booking.confirmed', day, span(2))
    await happen('booking.reminder', soon, { ...span(2), title: 'At night' })
    expect((await take('olga')).subject).toBe('Soon: At night (N)')
    clock.now = Date.parse('2027-01-18T07:00:00Z')
    expect((await take('olga')).subject).toContain('booking.confirmed')
    // Events of a day ago are in the inbox only.
    await happen('booking.cancelled', late, { ...span(2), hoursAgo: 25 })
    await happen('booking.cancelled', last, { ...span(2), title: 'Now', hoursAgo: 23 })
    expect((await take('olga')).subject).toContain('Now')
    expect(kindsOf(await told('olga', late, 2))).toEqual(['booking.reminder', 'booking.cancelled'])
    expect(countMails('olga')).toBe(3)
  })

  it('combines all further ones if many wait for a user', async () => {
    await join('lena')
    clock.now = Date.parse('2027-01-10T23:00:00Z')
    await setPreferences('lena', { quiet_hours: { from: '22:00', to: '07:00' } })
    for (let at = 0; at < 14; at++) {
      const booking = await request('lena')
      await approve(booking)
      await told('lena', booking.id)
    }
    clock.now = Date.parse('2027-01-11T07:00:00Z')
    while (countMails('lena') < 11) await Bun.sleep(50)
    await mailAll()
    expect(countMails('lena')).toBe(11)
  })

  it('is not sent to a removed or disabled user, nor to an unverified address', async () => {
    const [erin, fred] = [await join('erin'), await join('fred')]
    clock.now = Date.parse('2027-01-06T23:00:00Z')
    const quiet = { quiet_hours: { from: '22:00', to: '07:00' } }
    const bookings = [await request('erin'), await request('fred'), await request('gina')]
    for (const [at, name] of ['erin', 'fred', 'gina'].entries()) {
      await setPreferences(name, quiet)
      if (bookings[at]) await approve(bookings[at])
    }
    for (const [at, name] of ['erin', 'fred', 'gina'].entries()) {
      await told(name, bookings[at]?.id ?? '')
    }
    expect((await call('DELETE', `/api/users/${erin}`)).status).toBe(204)
    expect((await call('PATCH', `/api/users/${fred}`, { body: { disabled: true } })).status).toBe(
      200,
    )
    clock.now = Date.parse('2027-01-07T08:00:00Z')
    await join('hugo')
    const last = await request('hugo')
    await approve(last)
    await take('hugo')
    await mailAll()
    expect(['erin', 'fred', 'gina'].map(countMails)).toEqual([0, 0, 0])
  })

  it("has the operator's text, unless it is invalid", async () => {
    await join('ines')
    const path = '/api/notifications/templates/booking.rejected'
    const show = async () => (await call<MailPreview>('GET', path)).body
    expect(await show()).toMatchObject({
      own: false,
      faults: [],
      subject: expect.stringMatching(/^Rejected/),
    })
    await writeTemplate('en/booking.rejected.txt', 'Subject: Sorry, {{titel}}\n\nNo.\n')
    expect(await show()).toMatchObject({
      own: true,
      faults: ['{{titel}} is unknown.'],
      subject: expect.stringMatching(/^Rejected/),
    })
    await writeTemplate('en/booking.rejected.txt', 'Subject: Sorry, {{title}}\n\nNo: {{reason}}\n')
    expect(await show()).toMatchObject({
      own: true,
      faults: [],
      text: expect.stringContaining('No: '),
    })
    const booking = await request('ines', 'A {{reason}}')
    const reject = { body: { reason: 'Too\nlong' } }
    await call('POST', `/api/bookings/${booking.id}/reject`, reject)
    const mail = await take('ines')
    expect(mail.subject).toBe('Sorry, A {{reason}}')
    expect(mail.text).toStartWith('No: Too long\n')
    expect((await call('GET', path, { as: 'ines' })).status).toBe(403)
    expect((await call('GET', `${path}x`)).status).toBe(404)
    await byHand('notifications', 'DELETE FROM mails')
  })
})
