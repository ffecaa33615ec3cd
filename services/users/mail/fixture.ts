import { afterAll, beforeAll } from 'bun:test'
import type { MakeDatabase } from '../../../shared/testing/describe-stores.ts'
import { startSmtp, type SmtpForTest } from '../../../shared/testing/smtp.ts'
import { startForTest, type TestSystem } from '../../testing/system.ts'

export const publicUrl = 'https://campus.test.example'

/** The settings of a system that sends mail to this server. */
export const mailTo = (url: string) => ({
  SMTP_URL: url,
  MAIL_FROM: 'Campus <campus@test.example>',
  PUBLIC_URL: publicUrl,
})

/** A system that sends mail, its mail server and its clock, for all tests of a file. */
export function useMail(
  makeDatabase: MakeDatabase,
  more: Record<string, string> = {},
  options: Parameters<typeof startForTest>[1] = {},
) {
  const clock = { now: Date.parse('2027-03-01T09:00:00Z') }
  let system: TestSystem
  let smtp: SmtpForTest
  beforeAll(async () => {
    smtp = await startSmtp()
    const environment = { ...mailTo(smtp.url), ...more }
    system = await startForTest(makeDatabase, {
      clock: () => clock.now,
      environment,
      ...options,
    })
    system.startTasks()
  }, 30_000)
  afterAll(async () => {
    await system.close()
    await smtp.close()
  })
  return { clock, system: () => system, smtp: () => smtp }
}
