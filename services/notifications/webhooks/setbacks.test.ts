import { afterAll, beforeAll, expect, it, onTestFinished, setDefaultTimeout } from 'bun:test'
import type { Webhook, WebhookDelivery } from '../../../shared/schemas/webhook.ts'
import { changeByHand } from '../../../shared/testing/by-hand.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { startForTest, type TestSystem } from '../../testing/system.ts'
import { administer, happen, onThisMachine, startReceiver, until } from './fixture.ts'

setDefaultTimeout(30_000)

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

  const receive = (respond?: Parameters<typeof startReceiver>[0]) => {
    const receiver = startReceiver(respond)
    onTestFinished(receiver.stop)
    return receiver
  }
  const many = (length: number, prefix: string) =>
    Array.from({ length }, (_, at) => ({ subject: `${prefix}${at}` }))
  const isPending = async (id: string) => deliveries(id, '&state=pending')
  const remove = (id: string) => ask(`DELETE /${id}`, undefined, 204)

  it('is not delayed by refused events, which are retried on request', async () => {
    const receiver = receive(({ body }) => {
      return new Response(null, { status: body.includes('poison') ? 422 : 200 })
    })
    const { id } = await create({ url: receiver.url })
    await happen(system, [...many(6, 'poison'), { subject: 'poison0' }])
    await until(async () => {
      ahead_ms += 20_000
      const tried = await isPending(id)
      return tried.filter(({ attempts }) => attempts >= 6).length === 6
    })
    await happen(system, [{ subject: 'good' }])
    await until(() => receiver.requests.some(({ body }) => body.includes('good')))

    const second = (await isPending(id)).find(({ attempts, subject }) => {
      return attempts === 0 && subject === 'poison0'
    })
    const before = receiver.requests.length
    await ask<WebhookDelivery>(`POST /${id}/deliveries/${second?.id}/replay`)
    await until(() => receiver.requests.length > before)
    expect(receiver.requests.at(-1)?.body).toContain('poison0')
    ahead_ms = 0
    await remove(id)
  })

  it('is not failing because of events no longer kept', async () => {
    const receiver = receive(() => new Response(null, { status: 503 }))
    const { id } = await create({ url: receiver.url })
    await happen(system, many(6, 'old'))
    await until(async () => (await ask<Webhook>(`GET /${id}`)).failing_since !== null)
    await changeByHand(system.databaseUrlOf('notifications'), 'DELETE FROM journal')
    ahead_ms = 25 * 60 * 60_000
    await until(async () => (await isPending(id)).length === 0)
    ahead_ms = 0
    expect(await ask(`GET /${id}`)).toMatchObject({ state: 'enabled', failing_since: null })
    expect(new Set((await deliveries(id)).map(({ fault }) => fault))).toEqual(
      new Set(['no_longer_kept']),
    )
    await remove(id)
  })

  it('gets the next event even if a success asked to wait', async () => {
    const headers = { 'retry-after': '3600' }
    const receiver = receive(() => new Response(null, { status: 202, headers }))
    const { id } = await create({ url: receiver.url })
    for (const number of [1, 2]) {
      await happen(system, [{ subject: `w${number}` }])
      await until(() => receiver.requests.length === number)
    }
    await remove(id)
  })

  it('starts over at another URL', async () => {
    const headers = { 'retry-after': '3600' }
    const wrong = receive(() => new Response(null, { status: 503, headers }))
    const right = receive()
    const { id } = await create({ url: wrong.url })
    await happen(system, [{ subject: 'u1' }])
    await until(async () => (await ask<Webhook>(`GET /${id}`)).failing_since !== null)
    expect(await ask(`PATCH /${id}`, { url: right.url })).toMatchObject({ failing_since: null })
    await until(() => right.requests.length === 1)
    await remove(id)
  })

  it('gets due events even if a wrong clock postponed them', async () => {
    const receiver = receive()
    const { id } = await create({ url: receiver.url })
    const database = system.databaseUrlOf('notifications')
    const tomorrow = database.startsWith('sqlite:')
      ? String(Date.now() + 24 * 3_600_000)
      : `now() + interval '1 day'`
    await changeByHand(database, `UPDATE webhooks SET next_try = ${tomorrow}`)
    await happen(system, [{ subject: 'c1' }])
    await until(() => receiver.requests.length === 1)
    await remove(id)
  })

  it('gets nothing twice because of a new description or secret', async () => {
    const released = Promise.withResolvers<void>()
    const receiver = receive(async () => {
      await released.promise
      return new Response()
    })
    const { id } = await create({ url: receiver.url })
    await happen(system, [{ subject: 'd1' }])
    await until(() => receiver.requests.length === 1)
    await ask(`PATCH /${id}`, { description: 'The gate' })
    await ask(`POST /${id}/secrets`, undefined, 201)
    released.resolve()
    await until(async () => (await deliveries(id, '&state=delivered')).length === 1)
    expect(receiver.requests).toHaveLength(1)
    await remove(id)
  })

  it('is left immediately for another URL', async () => {
    const old = receive(async () => {
      await Bun.sleep(50)
      return new Response()
    })
    const next = receive()
    const { id } = await create({ url: old.url })
    await happen(system, many(100, 'l'))
    await until(() => old.requests.length >= 20)
    await ask(`PATCH /${id}`, { url: next.url })
    const sent = old.requests.length
    await until(async () => (await isPending(id)).length === 0 && next.requests.length > 0)
    // In flight.
    expect(old.requests.length - sent).toBeLessThanOrEqual(4)
    // What the old one accepted is done.
    expect(old.requests.length + next.requests.length).toBeLessThanOrEqual(100 + 8)
    await remove(id)
  })

  it('that is removed while being sent to causes no error', async () => {
    const removed = Promise.withResolvers<void>()
    const receiver = receive(async ({ body }) => {
      if (!body.includes('r0')) await removed.promise
      return new Response()
    })
    const { id } = await create({ url: receiver.url })
    await happen(system, many(4, 'r'))
    await until(() => receiver.requests.length === 4)
    await remove(id)
    removed.resolve()
    const other = await create({ url: receiver.url })
    for (const number of [1, 2]) {
      await happen(system, [{ subject: `after${number}` }])
      await until(() => receiver.requests.length === 4 + number)
    }
    expect(system.logged().includes('webhook not served')).toBe(false)
    await remove(other.id)
  })

  it('keeps 5,000 deliveries, tests among them', async () => {
    const receiver = receive()
    const { id } = await create({ url: receiver.url })
    await ask(`PATCH /${id}`, { state: 'paused' })
    const database = system.databaseUrlOf('notifications')
    const isSqlite = database.startsWith('sqlite:')
    const webhook = isSqlite ? `x'${id.replaceAll('-', '')}'` : `'${id}'::uuid`
    const key = isSqlite ? "unhex(printf('%032x', n))" : "lpad(to_hex(n), 32, '0')::uuid"
    const when = isSqlite ? '0' : 'to_timestamp(0)'
    await changeByHand(
      database,
      `INSERT INTO webhook_deliveries
         (id, webhook_id, message, type, subject, happened, attempts, settled, status)
       WITH RECURSIVE numbers(n) AS (
         SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 5000)
       SELECT ${key}, ${webhook}, 'm', 't', 's', ${when}, 1, ${when}, 200 FROM numbers`,
    )
    await ask(`POST /${id}/test`, undefined, 201)
    const zeros = '00000000-0000-0000-0000-000000000000'
    const toPath = (number: string) => `GET /${id}/deliveries/${number.padStart(36, zeros)}`
    await ask(toPath('2'))
    await ask(toPath('1'), undefined, 404)
    await remove(id)
  })
})
