import { expect, it, onTestFinished, setDefaultTimeout } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CreatedWebhookSecret, WebhookDelivery } from '../../../shared/schemas/webhook.ts'
import { backUpDatabase, openRestoreTarget } from '@campus/store/backup.ts'
import { changeByHand } from '../../../shared/testing/by-hand.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { startForTest, testEnvironment } from '../../testing/system.ts'
import { administer, happen, onThisMachine, startReceiver, until, verify } from './fixture.ts'

setDefaultTimeout(30_000)

const parts = ['users', 'notifications'] as const

describeStores('webhooks', (makeDatabase) => {
  it('miss nothing when restored on a server whose transaction ids start over', async () => {
    const receiver = startReceiver()
    onTestFinished(receiver.stop)
    const source = await startForTest(makeDatabase, {
      parts: [...parts],
      environment: onThisMachine,
    })
    onTestFinished(source.close)
    const before = administer(() => source)
    const { id } = await before.create({ url: receiver.url })
    await before.ask(`PATCH /${id}`, { state: 'paused' })
    const url = source.databaseUrlOf('notifications')
    await happen(source, [{ subject: 'waiting' }])
    if (url.startsWith('postgres')) {
      // As on a server that ran for years.
      await changeByHand(url, 'UPDATE journal SET "transaction" = 1000000001')
      await changeByHand(url, 'UPDATE webhooks SET read_transaction = 1000000000')
    }

    const folder = await mkdtemp(join(tmpdir(), 'campus-webhooks-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const backup = await backUpDatabase(url, folder)
    const database = await makeDatabase()
    const target = openRestoreTarget(database.url.replace('{service}', 'notifications'))
    await target.begin('moved')
    const migrations = join(import.meta.dir, '../migrations')
    await target.load({ id: 'moved', folder, migrations, backup })
    await target.finish('moved')

    const restored = await startForTest(async () => database, {
      parts: [...parts],
      environment: onThisMachine,
    })
    onTestFinished(restored.close)
    restored.startTasks()
    await happen(restored, [{ subject: 'new' }])
    await administer(() => restored).ask(`PATCH /${id}`, { state: 'enabled' })
    await until(() => receiver.requests.length === 2)
    const subjects = receiver.requests.map(({ body }) => JSON.parse(body) as { subject: string })
    expect(subjects.map(({ subject }) => subject).toSorted()).toEqual(['new', 'waiting'])
  })

  it("are signed as before when the system's secret is rotated", async () => {
    const receiver = startReceiver()
    onTestFinished(receiver.stop)
    const database = await makeDatabase({ migrated: true })
    onTestFinished(database.remove)
    const start = (environment: Record<string, string>) =>
      startForTest(async () => ({ ...database, remove: async () => {} }), {
        parts: [...parts],
        environment: { ...onThisMachine, ...environment },
      })
    const SECRET = 'another secret that is long enough for tests'

    const first = await start({})
    const { id, secret } = await administer(() => first).create({
      url: receiver.url,
    })
    await first.close()
    // No task runs: it only serves a login, and ends.
    const rotated = await start({ SECRET, SECRET_PREVIOUS: testEnvironment.SECRET })
    await rotated.tokenOf('admin')
    await rotated.close()
    const second = await start({ SECRET })
    const { ask } = administer(() => second)
    await ask(`POST /${id}/test`, undefined, 201)
    const [sent] = receiver.requests
    if (!sent) throw new Error('The test did not arrive')
    expect(verify(secret, sent).type).toBe('webhook.test')

    // A secret nobody can open does not stop sending: there is a newer one.
    const url = second.databaseUrlOf('notifications')
    await changeByHand(url, "UPDATE webhook_secrets SET sealed_secret = 'of another system'")
    await second.close()
    const third = await start({ SECRET })
    expect(third.logged()).toContain('webhook secret not opened')
    const now = administer(() => third)
    const added = await now.ask<CreatedWebhookSecret>(`POST /${id}/secrets`, undefined, 201)
    const tested = await now.ask<WebhookDelivery>(`POST /${id}/test`, undefined, 201)
    expect(tested.state).toBe('delivered')
    const last = receiver.requests[1]
    if (!last) throw new Error('The test did not arrive')
    expect(verify(added.secret, last).type).toBe('webhook.test')
    await third.close()
  })

  it('get a replay in the order of the journal, whatever was sent before', async () => {
    const receiver = startReceiver()
    onTestFinished(receiver.stop)
    const system = await startForTest(makeDatabase, {
      parts: [...parts],
      environment: onThisMachine,
    })
    onTestFinished(system.close)
    system.startTasks()
    const since = new Date(Date.now() - 1).toISOString()
    const { ask, create } = administer(() => system)
    const { id } = await create({
      url: receiver.url,
      events: ['booking.approved'],
    })
    await happen(system, [{ subject: 's', type: 'booking.created' }, { subject: 's' }])
    await until(() => receiver.requests.length === 1)
    await ask(`PATCH /${id}`, { events: ['booking.*'] })
    await ask(`POST /${id}/replay`, { since })
    await until(() => receiver.requests.length === 3)
    const types = receiver.requests.map(({ body }) => (JSON.parse(body) as { type: string }).type)
    expect(types).toEqual(['booking.approved', 'booking.created', 'booking.approved'])
  })
})
