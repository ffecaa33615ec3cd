import { expect, it, onTestFinished } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startSystem } from '../../../scripts/harness/run-system.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { findFreePorts } from '../../../shared/testing/port.ts'
import { startSmtp } from '../../../shared/testing/smtp.ts'
import { startForTest, testEnvironment } from '../../testing/system.ts'
import { mailTo } from './fixture.ts'

function refusal(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode })
}

describeStores('a mail', (makeDatabase) => {
  it('is retried while the server is unavailable, without blocking a request', async () => {
    const [port = 0] = findFreePorts(1)
    const clock = { now: Date.parse('2027-03-01T09:00:00Z') }
    const environment = mailTo(`smtp://127.0.0.1:${port}`)
    const system = await startForTest(makeDatabase, { clock: () => clock.now, environment })
    onTestFinished(system.close)
    system.startTasks()
    for (let at = 0; at < 3; at++) {
      const body = { email: `u${at}@test.example` }
      expect((await system.send('POST', '/api/invitations', { body })).status).toBe(201)
    }
    while (!system.logged().includes('users: send mails')) await Bun.sleep(50)
    expect(system.logged()).not.toContain('@test.example')
    const smtp = await startSmtp({ port })
    onTestFinished(smtp.close)
    clock.now += 60_000
    for (let at = 0; at < 3; at++) await smtp.take(`u${at}@test.example`)
    await system.runTask('users: send mails')
    expect(smtp.mails).toHaveLength(3)
  }, 60_000)

  it('is given up on a permanent failure, without delaying others', async () => {
    const refused: string[] = []
    const smtp = await startSmtp({
      onRcptTo: ({ address }, _, done) => {
        if (!/^(gone|later)/.test(address)) return done()
        refused.push(address)
        const [code, text] = address.startsWith('gone') ? [550, 'No such user'] : [451, 'Later']
        done(refusal(code, `${text}: ${address}`))
      },
    })
    onTestFinished(smtp.close)
    const clock = { now: Date.parse('2027-03-01T09:00:00Z') }
    const environment = mailTo(smtp.url)
    const system = await startForTest(makeDatabase, { clock: () => clock.now, environment })
    onTestFinished(system.close)
    system.startTasks()
    for (const name of ['gone', 'later', 'there']) {
      const body = { email: `${name}@test.example` }
      expect((await system.send('POST', '/api/invitations', { body })).status).toBe(201)
    }
    await smtp.take('there@test.example')
    expect(system.logged()).toContain('mail given up')
    for (let minutes = 1; minutes <= 8; minutes *= 2) {
      clock.now += minutes * 60_000
      await system.runTask('users: send mails')
    }
    expect(refused.filter((to) => to.startsWith('gone'))).toHaveLength(1)
    expect(refused.filter((to) => to.startsWith('later')).length).toBeGreaterThan(2)
    // Servers repeat the address in their replies.
    expect(system.logged()).not.toContain('@test.example')
  }, 60_000)

  it('is sent once by two processes, and to exactly one address', async () => {
    const smtp = await startSmtp()
    onTestFinished(smtp.close)
    const database = await makeDatabase({ migrated: true })
    const share = async () => ({ url: database.url, remove: async () => {} })
    const systems = [
      await startForTest(share, { environment: mailTo(smtp.url) }),
      await startForTest(share, { environment: mailTo(smtp.url) }),
    ]
    for (const system of systems) onTestFinished(system.close)
    onTestFinished(database.remove)
    const emails = Array.from({ length: 20 }, (_, at) => `u${at}@test.example`)
    // A comma would separate two addresses.
    const two = await systems[0]?.send('POST', '/api/invitations', {
      body: { email: 'two,three@test.example' },
    })
    expect(two?.status).toBe(422)
    for (const email of emails)
      await systems[0]?.send('POST', '/api/invitations', { body: { email } })
    for (const system of systems) system.startTasks()
    for (const email of emails) await smtp.take(email)
    for (const system of systems) await system.runTask('users: send mails')
    expect(smtp.mails.flatMap(({ to }) => to).toSorted()).toEqual(emails.toSorted())
    const [mail] = smtp.mails
    expect(mail?.headers).toMatch(/^Message-ID: <[-0-9a-f]{36}@test.example>$/m)
    expect(mail?.headers).toMatch(/^Auto-Submitted: auto-generated$/m)
  }, 60_000)

  it('is not sent if its invitation was revoked meanwhile', async () => {
    const smtp = await startSmtp()
    onTestFinished(smtp.close)
    const system = await startForTest(makeDatabase, { environment: mailTo(smtp.url) })
    onTestFinished(system.close)
    const invite = async (email: string) => {
      const answer = await system.send('POST', '/api/invitations', { body: { email } })
      return ((await answer.json()) as { id: string }).id
    }
    const id = await invite('revoked@test.example')
    await system.send('DELETE', `/api/invitations/${id}`)
    await invite('stays@test.example')
    system.startTasks()
    await smtp.take('stays@test.example')
    expect(smtp.mails).toHaveLength(1)
  }, 60_000)

  it('survives kill -9 of its sender', async () => {
    const database = await makeDatabase({ migrated: true })
    const folder = await mkdtemp(join(tmpdir(), 'campus-mail-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    // The first server accepts connections and never responds.
    const silent = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: () => {} } })
    const environment = {
      ...testEnvironment,
      ...mailTo(`smtp://127.0.0.1:${silent.port}`),
      DATABASE_URL: database.url,
      BLOB_URL: `file:${folder}`,
      KEYS_FILE: `${folder}/keys.json`,
      SAMPLE_DATA: 'false',
      SIGN_UP: 'open',
      LOG_FORMAT: 'json',
    }
    const first = await startSystem({ environment, parts: ['users'] })
    const names = Array.from({ length: 12 }, (_, at) => `user${at}`)
    const signUp = async (username: string) => {
      const email = `${username}@test.example`
      const body = JSON.stringify({ username, email, password: 'six green lanterns' })
      const headers = { 'content-type': 'application/json' }
      return (await fetch(`${first.url}/api/users`, { method: 'POST', headers, body })).status
    }
    expect(await Promise.all(names.map(signUp))).toEqual(names.map(() => 201))
    await first.kill()
    silent.stop(true)
    const smtp = await startSmtp()
    onTestFinished(smtp.close)
    const second = await startSystem({
      environment: { ...environment, ...mailTo(smtp.url) },
      parts: ['users'],
    })
    // Those in flight are due again after their lease.
    const isThere = (name: string) =>
      smtp.mails.some(({ to }) => to.includes(`${name}@test.example`))
    const end = Date.now() + 30_000
    const missing = () => names.filter((name) => !isThere(name))
    while (missing().length > 4 && Date.now() < end) await Bun.sleep(100)
    const late = missing()
    expect(late.length).toBeLessThanOrEqual(4)
    await second.stop()
    const clock = { now: Date.now() + 3 * 60_000 }
    const share = async () => ({ url: database.url, remove: async () => {} })
    const third = await startForTest(share, {
      clock: () => clock.now,
      environment: mailTo(smtp.url),
    })
    onTestFinished(third.close)
    onTestFinished(database.remove)
    third.startTasks()
    for (const name of late) await smtp.take(`${name}@test.example`)
    expect(missing()).toEqual([])
  }, 120_000)
})
