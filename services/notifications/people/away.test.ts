import { afterAll, beforeAll, expect, it } from 'bun:test'
import type { Booking } from '../../../shared/schemas/booking.ts'
import type { Notification } from '../../../shared/schemas/notification.ts'
import type { Resource } from '../../../shared/schemas/resource.ts'
import type { User } from '../../../shared/schemas/user.ts'
import { changeByHand } from '../../../shared/testing/by-hand.ts'
import {
  describeStores,
  type MakeDatabase,
  type TestDatabase,
} from '../../../shared/testing/describe-stores.ts'
import { listenForTest } from '../../../shared/testing/listen.ts'
import { at } from '../../bookings/fixture.ts'
import type { PartName } from '../../index.ts'
import { startForTest, type TestSystem } from '../../testing/system.ts'
import { toAnswer } from '../../testing/use-system.ts'
import { notifyAll } from '../fixture.ts'

/** Two notifying processes, with connections to other services that can fail. */
function useReplicas(makeDatabase: MakeDatabase) {
  const tellers: TestSystem[] = []
  const away = new Set<string>()
  let database: TestDatabase
  let others: TestSystem
  let way: ReturnType<typeof Bun.serve>

  beforeAll(async () => {
    database = await makeDatabase({ migrated: true })
    const shared = async () => ({ url: database.url, remove: async () => {} })
    const parts: PartName[] = ['users', 'inventory', 'bookings']
    others = await startForTest(shared, { parts })
    const target = await listenForTest(others.app)
    way = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch: async (request) => {
        const { pathname, search } = new URL(request.url)
        if ([...away].some((path) => pathname.startsWith(path))) {
          return new Response(null, { status: 503 })
        }
        const { method, headers } = request
        const body = method === 'GET' ? null : await request.arrayBuffer()
        return fetch(target + pathname + search, { method, headers, body })
      },
    })
    const url = `http://127.0.0.1:${way.port}`
    const environment = { USERS_URL: url, INVENTORY_URL: url, BOOKINGS_URL: url }
    for (let count = 0; count < 2; count++) {
      tellers.push(await startForTest(shared, { parts: ['notifications'], environment }))
    }
  }, 60_000)
  afterAll(async () => {
    for (const { close } of tellers) await close()
    await way.stop(true)
    await others.app.server?.stop(true)
    await others.close()
    await database.remove()
  })

  async function send<T>(request: string, as: string, body?: object) {
    const [method = '', path = ''] = request.split(' ')
    const system = path.startsWith('/api/notifications') ? tellers[0] : others
    const authorization = `Bearer ${await others.tokenOf(as)}`
    const sent = { as: null, headers: { authorization }, ...(body && { body }) }
    return toAnswer<T>(await (system ?? others).send(method, path, sent))
  }

  return { tellers, away, send, url: () => others.databaseUrlOf('notifications') }
}

describeStores('people notified by two processes', (makeDatabase) => {
  const { tellers, away, send, url } = useReplicas(makeDatabase)
  const inboxOf = async (name: string) =>
    (await send<Notification[]>('GET /api/notifications?limit=200', name)).body.toReversed()

  async function waitFor(name: string, count: number): Promise<Notification[]> {
    const end = Date.now() + 30_000
    for (;;) {
      const found = await inboxOf(name)
      if (found.length >= count) return found
      expect([name, found.length, Date.now() < end]).toEqual([name, found.length, true])
      await Bun.sleep(100)
    }
  }

  const idOf = async (name: string) => (await send<User>('GET /api/users/me', name)).body.id

  async function book(booked_for: string): Promise<Booking> {
    const car = await send<Resource>('POST /api/cars', 'admin', { name: Bun.randomUUIDv7() })
    const span = { from: at('09:00'), to: at('11:00') }
    const items = [{ resource_id: car.body.id }]
    const body = { items, title: 'A visit', booked_for, ...span }
    return (await send<Booking>('POST /api/bookings', 'admin', body)).body
  }

  it('are notified of each event once', async () => {
    const anna = await idOf('anna')
    const made: string[] = []
    for (let count = 0; count < 8; count++) made.push((await book(anna)).id)
    for (const system of tellers) system.startTasks()
    for (let count = 0; count < 8; count++) made.push((await book(anna)).id)
    expect((await waitFor('anna', 16)).map(({ subject }) => subject)).toEqual(made)
    for (const system of tellers) await notifyAll(system)
    expect(await inboxOf('anna')).toHaveLength(16)
  }, 60_000)

  it('are notified of all events of an outage, in order', async () => {
    const bert = await idOf('bert')
    for (const path of ['/api/users/recipients', '/api/bookings/events', '/api/resources/names']) {
      const before = (await inboxOf('bert')).length
      away.add(path)
      const { id } = await book(bert)
      await send(`PATCH /api/bookings/${id}`, 'admin', { to: at('12:00') })
      await send(`POST /api/bookings/${id}/cancel`, 'admin', { reason: 'In repair' })
      for (const system of tellers) await notifyAll(system)
      expect([path, (await inboxOf('bert')).length]).toEqual([path, before])
      away.delete(path)
      const heard = (await waitFor('bert', before + 3)).slice(before)
      expect(heard.map(({ kind }) => kind)).toEqual([
        'booking.confirmed',
        'booking.changed',
        'booking.cancelled',
      ])
      expect(new Set(heard.map(({ subject }) => subject))).toEqual(new Set([id]))
    }
  }, 60_000)

  it('read their own inbox, and nobody else’s', async () => {
    const [theirs] = await inboxOf('anna')
    const path = `/api/notifications/${theirs?.id}/read`
    expect((await send(`POST ${path}`, 'bert')).status).toBe(404)
    expect((await send(`POST ${path}`, 'admin')).status).toBe(404)
    expect((await inboxOf('anna'))[0]?.read).toBe(null)
    expect((await send(`POST ${path}`, 'anna')).status).toBe(200)
    const unread = () => send<{ unread: number }>('GET /api/notifications/unread', 'anna')
    expect((await unread()).body).toEqual({ unread: 15 })
    const until = (await inboxOf('anna'))[9]?.id
    await send('POST /api/notifications/read', 'anna', { until })
    expect((await unread()).body).toEqual({ unread: 6 })
    const left = await send<Notification[]>('GET /api/notifications?unread=true', 'anna')
    expect(left.body).toHaveLength(6)
  })

  it('keep the newest thousand of many thousands, processed in batches', async () => {
    const cora = await idOf('cora')
    const data = JSON.stringify({
      number: '7Q2M9-XDF4K',
      title: 'A visit',
      from: at('09:00'),
      to: at('11:00'),
      booked_for: cora,
      created_by: cora,
      by: null,
      reason: null,
      items: [],
      was: null,
      series: null,
    })
    const [count, now] = [5000, url().startsWith('sqlite') ? String(Date.now()) : 'now()']
    const text = (number: string) => (url().startsWith('sqlite') ? number : `${number}::text`)
    await changeByHand(
      url(),
      `WITH RECURSIVE many (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < ${count})
       INSERT INTO journal (source, source_event, type, subject, happened, data)
       SELECT 'test', ${text('n')}, 'booking.confirmed', ${text('n')}, ${now}, '${data}' FROM many`,
    )
    const end = Date.now() + 60_000
    const newest = async () =>
      (await send<Notification[]>('GET /api/notifications?limit=1', 'cora')).body[0]?.subject
    while ((await newest()) !== String(count) && Date.now() < end) await Bun.sleep(200)
    expect(await newest()).toBe(String(count))
    const unread = await send<{ unread: number }>('GET /api/notifications/unread', 'cora')
    expect(unread.body).toEqual({ unread: 1000 })
  }, 90_000)
})
