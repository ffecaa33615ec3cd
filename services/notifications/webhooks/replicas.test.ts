import { expect, it, onTestFinished, setDefaultTimeout } from 'bun:test'
import { makePostgres } from '../../../shared/testing/describe-stores.ts'
import { startForTest } from '../../testing/system.ts'
import { administer, happen, onThisMachine, startReceiver, until } from './fixture.ts'

setDefaultTimeout(60_000)

// SQLite is served by one process; see `Store.claim`.
it('two replicas send each event once', async () => {
  const database = await makePostgres({ migrated: true })
  onTestFinished(database.remove)
  const start = () =>
    startForTest(async () => ({ url: database.url, remove: async () => {} }), {
      parts: ['users', 'notifications'],
      environment: onThisMachine,
    })
  const one = await start()
  onTestFinished(one.close)
  const other = await start()
  onTestFinished(other.close)
  one.startTasks()
  other.startTasks()
  const { create, deliveries } = administer(() => one)
  const receivers = Array.from({ length: 6 }, () => startReceiver())
  for (const receiver of receivers) onTestFinished(receiver.stop)
  const made = await Promise.all(receivers.map(({ url }) => create({ url })))
  for (let round = 0; round < 20; round++) {
    await happen(
      one,
      Array.from({ length: 10 }, (_, at) => ({ subject: `s${at}` })),
    )
    await Bun.sleep(100)
  }
  await until(() => receivers.every(({ requests }) => requests.length >= 200))
  for (const { id } of made) {
    await until(async () => (await deliveries(id, '&state=pending')).length === 0)
  }
  for (const { requests } of receivers) {
    expect(requests).toHaveLength(200)
    expect(new Set(requests.map(({ headers }) => headers['webhook-id'])).size).toBe(200)
  }
})
