import { describe, expect, it } from 'bun:test'
import type { NotificationPreferences } from '../../../shared/schemas/notification.ts'
import type { Problem } from '../../../shared/schemas/problem.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { useSystem } from '../../testing/use-system.ts'
import { planMail } from './plan-mail.ts'

const own = '/api/notifications/preferences'
const defaults = '/api/notifications/defaults'

describeStores('notification preferences', (makeDatabase) => {
  const { call } = useSystem(makeDatabase, { environment: { TIME_ZONE: 'Europe/Berlin' } })
  const read = (as: string) => call<NotificationPreferences>('GET', own, { as })
  const change = (as: string, body: object, headers = {}) =>
    call<NotificationPreferences & Problem>('PATCH', own, { as, body, headers })

  it('default to mail at once, until a user or an administrator chooses otherwise', async () => {
    const { body } = await read('anna')
    expect(body).toMatchObject({ kinds: {}, quiet_hours: null, language: null, mail_refused: null })
    expect(body.effective).toMatchObject({
      kinds: { 'booking.changed': 'mail', 'waitlist.won': 'mail' },
      digest_at: '07:00',
      time_zone: 'Europe/Berlin',
      language: 'en',
    })
    const wide = { kinds: { 'booking.changed': 'digest' }, language: 'de' }
    expect((await call('PATCH', defaults, { as: 'anna', body: wide })).status).toBe(403)
    expect((await call('PATCH', defaults, { body: wide })).status).toBe(200)
    await change('bert', { kinds: { 'booking.changed': 'off' } })
    const kindOf = async (as: string) => (await read(as)).body.effective.kinds['booking.changed']
    expect([await kindOf('anna'), await kindOf('bert')]).toEqual(['digest', 'off'])
    expect((await read('anna')).body.effective.language).toBe('de')
    const headers = { 'accept-language': 'en-GB,de;q=0.5' }
    await call('GET', '/api/notifications', { as: 'anna', headers })
    const end = Date.now() + 10_000
    const languageOf = async () => (await read('anna')).body.effective.language
    while ((await languageOf()) !== 'en' && Date.now() < end) await Bun.sleep(20)
    expect(await languageOf()).toBe('en')
  })

  it('change kind by kind, and not over another change', async () => {
    const { headers } = await read('carl')
    const tag = headers.get('etag') ?? ''
    const first = { kinds: { 'booking.approved': 'inbox' } }
    expect((await change('carl', first, { 'if-match': tag })).status).toBe(200)
    expect((await change('carl', { digest_at: '18:30' }, { 'if-match': tag })).status).toBe(412)
    await change('carl', { kinds: { 'booking.rejected': 'off' }, digest_at: '18:30' })
    await change('carl', { quiet_hours: { from: '22:00', to: '06:00' } })
    const { body } = await read('carl')
    expect(body.kinds).toEqual({ 'booking.approved': 'inbox', 'booking.rejected': 'off' })
    expect(body.effective).toMatchObject({
      quiet_hours: { from: '22:00', to: '06:00' },
      digest_at: '18:30',
    })
    expect((await change('carl', { quiet_hours: null })).body.effective.quiet_hours).toBe(null)
  })

  it('are not changed by reading in another language', async () => {
    const { headers } = await call('GET', own, { as: 'emil' })
    await call('GET', '/api/notifications', { as: 'emil', headers: { 'accept-language': 'en' } })
    const language = async () => (await read('emil')).body.effective.language
    while ((await language()) !== 'en') await Bun.sleep(20)
    // A script has no language.
    await call('GET', '/api/notifications', { as: 'emil' })
    const ifMatch = { 'if-match': headers.get('etag') ?? '' }
    const body = { digest_at: '08:00' }
    expect((await call('PATCH', own, { as: 'emil', headers: ifMatch, body })).status).toBe(200)
    expect(await language()).toBe('en')
  })

  it('refuse unknown values, and do not include security mails', async () => {
    for (const [body, pointer] of [
      [{ kinds: { passkey_added: 'off' } }, '#/kinds/passkey_added'],
      [{ kinds: { 'booking.changed': 'never' } }, '#/kinds/booking.changed'],
      [{ quiet_hours: { from: '22', to: '06:00' } }, '#/quiet_hours/from'],
      [{ time_zone: 'Berlin' }, '#/time_zone'],
      [{ mail_refused: '2027-01-01T00:00:00Z' }, '#/mail_refused'],
      [{}, '#'],
    ] as const) {
      const { status, body: problem } = await change('dora', body)
      expect([body, status]).toEqual([body, 422])
      expect(problem.errors?.map((one) => one.pointer)).toContain(pointer)
    }
    expect((await read('dora')).body.kinds).toEqual({})
  })
})

interface More {
  quiet_hours?: { from: string; to: string }
  isCrowded?: boolean
  until?: number
}

describe('a mail is due', () => {
  const wish = {
    quiet_hours: { from: '22:00', to: '07:00' },
    digest_at: '02:30',
    time_zone: 'Europe/Berlin',
  }
  const due = (channel: 'mail' | 'digest' | 'inbox' | 'off', now: string, more: More = {}) => {
    const { until = Infinity, isCrowded = false, ...wishes } = more
    const circumstances = { now_ms: Date.parse(now), endOfUse_ms: Number(until), isCrowded }
    const plan = planMail(channel, { ...wish, ...wishes }, circumstances)
    return plan && new Date(plan.due).toISOString()
  }

  it('at once by day, and at the end of quiet hours', () => {
    expect(due('mail', '2027-01-01T20:59:00.000Z')).toBe('2027-01-01T20:59:00.000Z')
    expect(due('mail', '2027-01-01T21:00:00.000Z')).toBe('2027-01-02T06:00:00.000Z')
    expect(due('mail', '2027-01-02T05:59:00.000Z')).toBe('2027-01-02T06:00:00.000Z')
    expect(due('mail', '2027-01-02T06:00:00.000Z')).toBe('2027-01-02T06:00:00.000Z')
    const noon = { quiet_hours: { from: '12:00', to: '13:00' } }
    expect(due('mail', '2027-01-01T11:30:00.000Z', noon)).toBe('2027-01-01T12:00:00.000Z')
    expect([due('inbox', '2027-01-01T12:00:00Z'), due('off', '2027-01-01T12:00:00Z')]).toEqual([
      undefined,
      undefined,
    ])
  })

  it('once a day, also on the day whose clocks skip that time', () => {
    expect(due('digest', '2027-01-01T01:28:59Z')).toBe('2027-01-01T01:30:00.000Z')
    // It is closed a minute before it is sent.
    expect(due('digest', '2027-01-01T01:29:00.001Z')).toBe('2027-01-02T01:30:00.000Z')
    expect(due('digest', '2027-01-01T01:30:00Z')).toBe('2027-01-02T01:30:00.000Z')
    // 28 March 2027: 02:00 is followed by 03:00.
    expect(due('digest', '2027-03-27T12:00:00Z')).toBe('2027-03-28T01:30:00.000Z')
  })

  it('at the end of a night with a repeated hour, either of the two', () => {
    const night = { quiet_hours: { from: '22:00', to: '02:30' } }
    // 31 October 2027: 03:00 is followed by 02:00.
    expect(due('mail', '2027-10-31T00:15:00Z', night)).toBe('2027-10-31T01:30:00.000Z')
    expect(due('mail', '2027-10-31T01:15:00Z', night)).toBe('2027-10-31T01:30:00.000Z')
    expect(due('mail', '2027-10-31T01:30:00Z', night)).toBe('2027-10-31T01:30:00.000Z')
  })

  it('with the others at the next quarter of an hour, if many wait', () => {
    const many = { isCrowded: true }
    expect(due('mail', '2027-01-01T12:01:00Z', many)).toBe('2027-01-01T12:15:00.000Z')
    expect(due('mail', '2027-01-01T12:14:30Z', many)).toBe('2027-01-01T12:30:00.000Z')
  })

  it('at once if it would be useless later, and never if it already is', () => {
    const until = (time: string) => ({ until: Date.parse(time) })
    const night = '2027-01-02T03:00:00.000Z'
    expect(due('mail', night, until('2027-01-02T05:59:00Z'))).toBe(night)
    expect(due('mail', night, until('2027-01-02T06:01:00Z'))).toBe('2027-01-02T06:00:00.000Z')
    expect(due('digest', night, until('2027-01-02T05:00:00Z'))).toBe(night)
    expect(due('mail', night, { ...until('2027-01-02T03:05:00Z'), isCrowded: true })).toBe(night)
    expect(due('mail', night, until(night))).toBe(undefined)
    expect(due('inbox', night, until('2027-01-02T05:00:00Z'))).toBe(undefined)
  })
})
