import { expect, it, onTestFinished } from 'bun:test'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { createLog } from '../../../shared/host/log.ts'
import { createMailer } from '../../../shared/mail/mailer.ts'
import { sendWaitingMails } from '../../../shared/mail/outbox.ts'
import { createStores } from '@campus/store/open.ts'
import { describeStores, type MakeDatabase } from '../../../shared/testing/describe-stores.ts'
import { startSmtp } from '../../../shared/testing/smtp.ts'
import { startForTest } from '../../testing/system.ts'
import { mailTo } from './fixture.ts'
import { mailTables } from './tables.ts'

async function startMailing(makeDatabase: MakeDatabase, url: string) {
  const system = await startForTest(makeDatabase, { environment: mailTo(url) })
  onTestFinished(system.close)
  system.startTasks()
  return {
    databaseUrl: system.databaseUrlOf('users'),
    invite: async (name: string) => {
      const body = { email: `${name}@test.example` }
      expect((await system.send('POST', '/api/invitations', { body })).status).toBe(201)
    },
  }
}

async function until(isSo: () => boolean): Promise<void> {
  const end = Date.now() + 15_000
  while (!isSo() && Date.now() < end) await Bun.sleep(20)
  expect(isSo()).toBe(true)
}

const others = ['anna', 'bert', 'cora', 'dora', 'emil']

describeStores('a mail whose server never responds', (makeDatabase) => {
  it('does not delay others before accepting the address', async () => {
    const waiting = new Set<string>()
    const smtp = await startSmtp({
      onRcptTo: ({ address }, { id }, done) => {
        if (!address.startsWith('silent')) return done()
        waiting.add(id)
      },
      onClose: ({ id }) => void waiting.delete(id),
    })
    onTestFinished(smtp.close)
    const { invite } = await startMailing(makeDatabase, smtp.url)
    for (const name of ['silent1', 'silent2', 'silent3']) await invite(name)
    await until(() => waiting.size === 3)
    const began = Date.now()
    for (const name of others) await invite(name)
    for (const name of others) await smtp.take(`${name}@test.example`)
    // Before any of those timed out, which takes 20 s.
    expect([waiting.size, Date.now() - began < 15_000]).toEqual([3, true])
  }, 60_000)

  it('does not delay others after accepting a connection', async () => {
    const smtp = await startSmtp()
    onTestFinished(smtp.close)
    const silent = new Set<Socket>()
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.on('close', () => silent.delete(socket))
      if (silent.size < 3) return void silent.add(socket)
      const way = connect(smtp.port, '127.0.0.1')
      way.on('error', () => socket.destroy())
      socket.pipe(way).pipe(socket)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    const { invite } = await startMailing(makeDatabase, `smtp://127.0.0.1:${port}`)
    for (const name of ['silent1', 'silent2', 'silent3']) await invite(name)
    await until(() => silent.size === 3)
    for (const name of others) await invite(name)
    for (const name of others) await smtp.take(`${name}@test.example`)
    expect(silent.size).toBe(3)
    // They are released, and not retried at once.
    await until(() => silent.size === 0)
  }, 60_000)

  it('is not reported as back by idle senders: it is logged once', async () => {
    const { databaseUrl } = await startMailing(makeDatabase, 'smtp://127.0.0.1:9')
    const stores = createStores()
    onTestFinished(stores.close)
    const store = await stores.open(databaseUrl)
    const log = createLog({ level: 'error', format: 'json', write: () => {} })
    const mailer = createMailer({ config: { smtp: undefined, production: false }, log })
    if (!mailer) throw new Error('There is one in development.')
    const tasks: (() => Promise<boolean | void>)[] = []
    sendWaitingMails(
      { store, log, clock: Date.now, every: (_seconds, _name, task) => void tasks.push(task) },
      mailTables(store.columns).mails,
      { mailer, write: async () => undefined },
    )
    expect(await Promise.all(tasks.map((run) => run()))).toEqual([true, false, false, false])
  })
})
