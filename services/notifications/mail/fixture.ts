import { afterAll, beforeAll } from 'bun:test'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { simpleParser, type ParsedMail } from 'mailparser'
import type { Booking } from '../../../shared/schemas/booking.ts'
import type { MakeDatabase } from '../../../shared/testing/describe-stores.ts'
import { startSmtp, type ReceivedMail, type SmtpForTest } from '../../../shared/testing/smtp.ts'
import { useHandovers } from '../../bookings/handover/fixture.ts'
import { mailTo } from '../../users/mail/fixture.ts'
import { notifyAll, useNotifications } from '../fixture.ts'

interface Told {
  [field: string]: unknown
  hoursAgo?: number
}

// As opposed to account mails, which cannot be muted.
const isOurs = ({ headers }: ReceivedMail) => headers.includes('List-Unsubscribe:')

/**
 * A system that sends mail, and its mail server, which rejects `gone…` as unknown and relays
 * nothing to `far…`.
 */
export function useMailedPeople(makeDatabase: MakeDatabase, more: Record<string, string> = {}) {
  const clock = { now: Date.parse('2027-01-01T12:00:00Z') }
  const environment: Record<string, string> = { TIME_ZONE: 'Europe/Berlin', ...more }
  let smtp: SmtpForTest
  let folder: string
  // Before the system starts, which needs them.
  beforeAll(async () => {
    smtp = await startSmtp({
      onRcptTo: ({ address }, _, done) => {
        const [code, text] = address.startsWith('gone')
          ? [550, 'No such user']
          : [554, '5.7.1 Relay access denied']
        if (!/^(?:gone|far)/.test(address)) return done()
        done(Object.assign(new Error(text), { responseCode: code }))
      },
    })
    folder = await mkdtemp(join(tmpdir(), 'campus-templates-'))
    Object.assign(environment, mailTo(smtp.url), { MAIL_TEMPLATES: folder })
  })
  const tools = useNotifications(makeDatabase, { clock: () => clock.now, environment })
  const { byHand } = useHandovers(tools)
  beforeAll(() => tools.system().startTasks())
  afterAll(async () => {
    await smtp.close()
    await rm(folder, { recursive: true })
  })

  return {
    ...tools,
    byHand,
    clock,
    mails: () => smtp.mails.filter(isOurs),
    /** The next notification mail to a user, parsed. */
    take: async (name: string): Promise<ParsedMail> => {
      for (;;) {
        const mail = await smtp.take(`${name}@test.example`)
        if (isOurs(mail)) return simpleParser(mail.source)
      }
    },
    countMails: (name: string) =>
      smtp.mails.filter((mail) => isOurs(mail) && mail.to.includes(`${name}@test.example`)).length,
    /** Sends the mails about all that happened so far; what refuses one may lead to others. */
    mailAll: async () => {
      for (let round = 0; round < 2; round++) {
        await notifyAll(tools.system())
        await tools.system().runTask('notifications: send mails')
      }
    },
    /** A user with a verified address. */
    join: async (name: string): Promise<string> => {
      const id = await tools.idOf(name)
      await byHand('users', `UPDATE users SET verified_email = email WHERE username = '${name}'`)
      return id
    },
    /** A booking that awaits approval. */
    request: async (as: string, title = 'A visit'): Promise<Booking> => {
      const type = await tools.addType()
      await tools.setPolicy({ type, rules: { approval: { when: 'always' } } })
      const items = [{ resource_id: await tools.addResource(type) }]
      return (await tools.book({ items, title }, as)).body
    },
    approve: ({ id }: Booking) => tools.call('POST', `/api/bookings/${id}/approve`),
    cancel: ({ id }: Booking) =>
      tools.call('POST', `/api/bookings/${id}/cancel`, { body: { reason: 'In repair' } }),
    /** Adds an event as if a service had reported it. */
    happen: async (
      type: string,
      subject: string,
      { hoursAgo = 0, ...data }: Told,
    ): Promise<void> => {
      const news = { number: 'N', title: type, created_by: '', by: null, reason: null, items: [] }
      const more = { was: null, series: null, resource_id: Bun.randomUUIDv7() }
      const isSqlite = tools.system().databaseUrlOf('notifications').startsWith('sqlite:')
      const happened = isSqlite
        ? String(Date.now() - hoursAgo * 3_600_000)
        : `now() - interval '${hoursAgo} hours'`
      await byHand(
        'notifications',
        `INSERT INTO journal (source, source_event, type, subject, happened, data) VALUES
         ('test', '${Bun.randomUUIDv7()}', '${type}', '${subject}', ${happened},
         '${JSON.stringify({ ...news, ...more, ...data })}')`,
      )
    },
    setPreferences: (as: string, body: object) =>
      tools.call('PATCH', '/api/notifications/preferences', { as, body }),
    writeTemplate: async (path: string, text: string) => {
      const file = join(folder, path)
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, text)
    },
  }
}
