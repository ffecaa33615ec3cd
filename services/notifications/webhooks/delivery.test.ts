import { afterAll, beforeAll, expect, it, onTestFinished, setDefaultTimeout } from 'bun:test'
import type {
  CreatedWebhookSecret,
  Webhook,
  WebhookDelivery,
} from '../../../shared/schemas/webhook.ts'
import { changeByHand } from '../../../shared/testing/by-hand.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { startForTest, type TestSystem } from '../../testing/system.ts'
import {
  administer,
  happen,
  onThisMachine,
  startReceiver,
  until,
  verify,
  type Receiver,
} from './fixture.ts'

setDefaultTimeout(60_000)

describeStores('a webhook', (makeDatabase) => {
  let system: TestSystem
  let ahead_ms = 0
  const { ask, create, deliveries } = administer(() => system)

  beforeAll(async () => {
    system = await startForTest(makeDatabase, {
      parts: ['users', 'notifications'],
      environment: onThisMachine,
      clock: () => Date.now() + ahead_ms,
    })
    system.startTasks()
  })
  afterAll(() => system.close())

  const receive = (respond?: Parameters<typeof startReceiver>[0]): Receiver => {
    const receiver = startReceiver(respond)
    onTestFinished(receiver.stop)
    return receiver
  }
  const subjectsOf = ({ requests }: Receiver) =>
    requests.map(({ body }) => (JSON.parse(body) as { subject: string }).subject)

  it('gets new events of the chosen types, signed', async () => {
    const receiver = receive()
    await happen(system, [{ subject: 'before' }])
    const { id, secret } = await create({ url: receiver.url, events: ['booking.*', 'file.shared'] })
    await happen(system, [
      { subject: 'b1', data: { number: 7 } },
      { subject: 'r1', type: 'resource.created' },
      { subject: 'f1', type: 'file.shared' },
      { subject: 'b2', type: 'bookings.other' },
    ])
    await until(() => receiver.requests.length >= 2)
    const first = receiver.requests.find(({ body }) => body.includes('b1'))
    if (!first) throw new Error('The booking did not arrive')
    const { timestamp, ...sent } = verify(secret, first)
    expect(sent).toEqual({ type: 'booking.approved', subject: 'b1', data: { number: 7 } })
    expect(Date.parse(timestamp)).toBeGreaterThan(Date.now() - 60_000)
    expect(first.headers['content-type']).toBe('application/json')
    expect(first.headers['host']).toBe(new URL(receiver.url).host)
    expect(() => verify(secret, { ...first, body: first.body.replace('7', '8') })).toThrow()
    await until(async () => (await deliveries(id, '&state=delivered')).length === 2)
    expect(subjectsOf(receiver).toSorted()).toEqual(['b1', 'f1'])
    await ask(`DELETE /${id}`, undefined, 204)
  })

  it('gets the events of a subject in order, with stable ids, even if some fail', async () => {
    const refused = new Map<string, number>()
    const receiver = receive(({ headers }) => {
      const id = headers['webhook-id'] ?? ''
      const times = refused.get(id) ?? 0
      refused.set(id, times + 1)
      return new Response('not yet', { status: times < 1 ? 500 : 200 })
    })
    const { id, secret } = await create({ url: receiver.url })
    await happen(
      system,
      Array.from({ length: 30 }, (_, at) => ({ subject: `s${at % 3}`, data: { at } })),
    )
    while ((await deliveries(id, '&state=delivered')).length < 30) {
      ahead_ms += 5000
      await Bun.sleep(100)
    }
    ahead_ms = 0
    expect(receiver.requests).toHaveLength(60)
    for (const subject of ['s0', 's1', 's2']) {
      const sent = receiver.requests.filter((_, at) => subjectsOf(receiver)[at] === subject)
      const order = sent.map(({ body }) => (JSON.parse(body) as { data: { at: number } }).data.at)
      expect(order).toEqual(order.toSorted((a, b) => a - b))
      expect(new Set(sent.map(({ headers }) => headers['webhook-id'])).size).toBe(10)
    }
    expect(JSON.stringify(await deliveries(id))).not.toContain(secret)
    await ask(`DELETE /${id}`, undefined, 204)
  })

  it('is independent of others: a slow receiver delays only its own', async () => {
    const released = Promise.withResolvers<void>()
    const slow = receive(async () => {
      await released.promise
      return new Response()
    })
    const quick = receive()
    const one = await create({ url: slow.url })
    const other = await create({ url: quick.url })
    await happen(
      system,
      Array.from({ length: 20 }, (_, at) => ({ subject: `q${at}` })),
    )
    await until(() => quick.requests.length === 20)
    expect(slow.requests.length).toBeLessThanOrEqual(4)
    released.resolve()
    await until(() => slow.requests.length === 20)
    for (const { id } of [one, other]) await ask(`DELETE /${id}`, undefined, 204)
  })

  it('with an event that always fails gets all others, and is disabled after a day', async () => {
    const receiver = receive(({ body }) => {
      return new Response('no', { status: body.includes('poison') ? 422 : 200 })
    })
    // Not about itself.
    const events = ['booking.*']
    const { id } = await create({ url: receiver.url, events, description: 'The gate' })
    await happen(system, [
      { subject: 'poison' },
      { subject: 'poison' },
      ...Array.from({ length: 50 }, (_, at) => ({ subject: `p${at}` })),
    ])
    await until(async () => (await deliveries(id, '&state=delivered')).length === 50)
    const [second, first] = await deliveries(id, '&state=pending')
    expect(first).toMatchObject({ subject: 'poison', attempts: 1, status: 422, response: 'no' })
    expect(second).toMatchObject({ subject: 'poison', attempts: 0, status: null })

    ahead_ms = 23 * 60 * 60_000
    await until(async () => (await deliveries(id, '&state=pending'))[1]?.attempts === 2)
    expect(await ask<Webhook>(`GET /${id}`)).toMatchObject({ state: 'enabled', pending: 2 })
    const inbox = async () => (await (await system.send('GET', '/api/notifications')).json()) as []
    await until(async () => (await inbox()).length > 0)
    ahead_ms = 25 * 60 * 60_000
    await until(async () => (await ask<Webhook>(`GET /${id}`)).state === 'disabled')
    expect(await ask<Webhook>(`GET /${id}`)).toMatchObject({ reason: 'failing', pending: 2 })
    await until(async () => (await inbox()).length > 1)
    const data = { title: 'The gate', reason: 'failing' }
    expect(await inbox()).toMatchObject([
      { kind: 'webhook.disabled', subject: id, data },
      // Before that, once, after an hour of failures.
      { kind: 'webhook.failing', subject: id, data: { title: 'The gate' } },
    ])
    // It continues where it stopped.
    await ask(`PATCH /${id}`, { state: 'enabled' })
    await until(async () => (await deliveries(id, '&state=pending'))[1]?.attempts === 1)
    ahead_ms = 0
    await ask(`DELETE /${id}`, undefined, 204)
  })

  it('paused for longer than events are kept marks each as such, and continues', async () => {
    let status = 500
    const receiver = receive(() => new Response(null, { status }))
    const { id } = await create({ url: receiver.url })
    const old = Array.from({ length: 8 }, (_, at) => ({ subject: `old${at}` }))
    // The newest one is kept, see `journal.ts`.
    await happen(system, [...old, { subject: 'kept' }])
    await until(async () => (await deliveries(id, '&state=pending')).length === 9)
    await ask(`PATCH /${id}`, { state: 'paused' })
    const database = system.databaseUrlOf('notifications')
    await changeByHand(database, "DELETE FROM journal WHERE subject LIKE 'old%'")
    status = 200
    const before = receiver.requests.length
    await ask(`PATCH /${id}`, { state: 'enabled' })
    await happen(system, [{ subject: 'old0' }])
    await until(async () => (await deliveries(id, '&state=delivered')).length === 2)
    await until(async () => (await deliveries(id, '&state=failed')).length === 8)
    const failed = await deliveries(id, '&state=failed')
    expect(new Set(failed.map(({ fault }) => fault))).toEqual(new Set(['no_longer_kept']))
    expect(receiver.requests.length).toBe(before + 2)
    expect(await ask<Webhook>(`GET /${id}`)).toMatchObject({
      state: 'enabled',
      failing_since: null,
    })
    await ask(`DELETE /${id}`, undefined, 204)
  })

  it('is disabled immediately by 410', async () => {
    const receiver = receive(() => new Response(null, { status: 410 }))
    const { id } = await create({ url: receiver.url })
    await happen(
      system,
      Array.from({ length: 20 }, (_, at) => ({ subject: `g${at}` })),
    )
    await until(async () => (await ask<Webhook>(`GET /${id}`)).state === 'disabled')
    expect(await ask<Webhook>(`GET /${id}`)).toMatchObject({ reason: 'gone' })
    expect(receiver.requests.length).toBeLessThanOrEqual(4)
    await ask(`DELETE /${id}`, undefined, 204)
  })

  it('signs with all its secrets, until one is removed', async () => {
    const receiver = receive()
    const { id, secret, secrets } = await create({ url: receiver.url })
    const added = await ask<CreatedWebhookSecret>(`POST /${id}/secrets`, undefined, 201)
    await ask(`POST /${id}/test`, undefined, 201)
    const [both] = receiver.requests
    if (!both) throw new Error('The test did not arrive')
    expect(verify(secret, both).type).toBe('webhook.test')
    expect(verify(added.secret, both).data).toEqual({ webhook_id: id })
    await ask(`DELETE /${id}/secrets/${secrets[0]?.id}`, undefined, 204)
    await ask(`DELETE /${id}/secrets/${added.id}`, undefined, 409)
    await ask(`POST /${id}/test`, undefined, 201)
    const one = receiver.requests[1]
    if (!one) throw new Error('The test did not arrive')
    expect(() => verify(secret, one)).toThrow()
    expect(verify(added.secret, one).type).toBe('webhook.test')
    await ask(`DELETE /${id}`, undefined, 204)
  })

  it('is tested, and its events are replayed with the same id', async () => {
    const receiver = receive()
    const since = new Date(Date.now() - 1).toISOString()
    const { id } = await create({ url: receiver.url, events: ['replay.*'] })
    await happen(
      system,
      ['r1', 'r2', 'r1'].map((subject) => ({ subject, type: 'replay.me' })),
    )
    await until(async () => (await deliveries(id, '&state=delivered')).length === 3)
    const [last] = await deliveries(id)
    await ask<WebhookDelivery>(`POST /${id}/deliveries/${last?.id}/replay`)
    await until(() => receiver.requests.length === 4)
    expect(receiver.requests[3]?.headers['webhook-id']).toBe(last?.message)
    await until(async () => (await deliveries(id, '&state=pending')).length === 0)
    await ask(`POST /${id}/replay`, { since })
    await until(() => receiver.requests.length === 7)
    const ids = new Set(receiver.requests.map(({ headers }) => headers['webhook-id']))
    expect(ids.size).toBe(3)
    await until(async () => (await deliveries(id, '&state=delivered')).length === 3)
    const tested = await ask<WebhookDelivery>(`POST /${id}/test`, undefined, 201)
    expect(tested).toMatchObject({ state: 'delivered', status: 204, type: 'webhook.test' })
    expect(await ask<WebhookDelivery>(`GET /${id}/deliveries/${tested.id}`)).toEqual(tested)
    await ask(`DELETE /${id}`, undefined, 204)
  })
})
