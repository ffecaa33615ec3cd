import { expect, it, onTestFinished, setDefaultTimeout } from 'bun:test'
import type { Webhook } from '../../../shared/schemas/webhook.ts'
import { changeByHand } from '../../../shared/testing/by-hand.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { startForTest } from '../../testing/system.ts'
import { administer, onThisMachine, startReceiver, until } from './fixture.ts'
import { minute_ms } from '../../../shared/duration.ts'

setDefaultTimeout(120_000)

const events = 4000
const subjects = 400

describeStores('a receiver that is unavailable for an hour', (makeDatabase) => {
  it('costs few requests and rows, and catches up in order soon after', async () => {
    let ahead_ms = 0
    const system = await startForTest(makeDatabase, {
      parts: ['users', 'notifications'],
      environment: onThisMachine,
      clock: () => Date.now() + ahead_ms,
    })
    onTestFinished(system.close)
    const { ask, create } = administer(() => system)
    let isAway = true
    const seen = new Map<string, number[]>()
    const receiver = startReceiver(({ body }) => {
      if (isAway) return new Response(null, { status: 500 })
      const { subject, data } = JSON.parse(body) as { subject: string; data: { at: number } }
      seen.set(subject, [...(seen.get(subject) ?? []), data.at])
      return new Response(null, { status: 204 })
    })
    onTestFinished(receiver.stop)
    const { id } = await create({ url: receiver.url })
    const hook = () => ask<Webhook>(`GET /${id}`)

    const database = system.databaseUrlOf('notifications')
    const now = database.startsWith('sqlite:') ? Date.now() : 'now()'
    await changeByHand(
      database,
      `WITH RECURSIVE counted (at) AS
         (SELECT 1 UNION ALL SELECT at + 1 FROM counted WHERE at < ${events})
       INSERT INTO journal (source, source_event, type, subject, happened, data)
       SELECT 'tests', CAST(at AS TEXT), 'booking.moved', 's' || (at % ${subjects}), ${now},
         '{"at":' || at || '}' FROM counted`,
    )
    system.startTasks()
    for (let minutes = 0; minutes < 60; minutes++) {
      await Bun.sleep(100)
      ahead_ms += minute_ms
      expect((await hook()).pending).toBeLessThanOrEqual(500)
    }
    expect(await hook()).toMatchObject({ state: 'enabled', failing_since: expect.any(String) })
    // One request at a time, with growing pauses; every tick would be 60.
    expect(receiver.requests.length).toBeLessThan(30)

    isAway = false
    ahead_ms += 15 * minute_ms
    await until(() => [...seen.values()].flat().length >= events)
    await until(async () => (await hook()).pending === 0)
    expect(await hook()).toMatchObject({ state: 'enabled', failing_since: null })
    expect(seen.size).toBe(subjects)
    for (const order of seen.values()) {
      expect(order).toEqual(order.toSorted((a, b) => a - b))
      expect(new Set(order).size).toBe(events / subjects)
    }
  })
})
