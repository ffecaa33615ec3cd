import { expect, it, onTestFinished } from 'bun:test'
import type { Notification } from '../../../shared/schemas/notification.ts'
import { changeByHand } from '../../../shared/testing/by-hand.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { listenForTest } from '../../../shared/testing/listen.ts'
import { useSystem } from '../../testing/use-system.ts'

describeStores('the inbox', (makeDatabase) => {
  const { call, system } = useSystem(makeDatabase)

  it('is for members only, and empty at first', async () => {
    for (const path of ['', '/unread', '/events', '/preferences']) {
      const answer = await call('GET', `/api/notifications${path}`, { as: null })
      expect([path, answer.status]).toEqual([path, 401])
    }
    expect(await call<Notification[]>('GET', '/api/notifications')).toMatchObject({
      status: 200,
      body: [],
    })
    expect((await call('GET', '/api/notifications/unread')).body).toEqual({ unread: 0 })
  })

  it('streams the number of unread ones', async () => {
    const url = await listenForTest(system().app)
    onTestFinished(() => void system().app.server?.stop(true))
    const me = await call<{ id: string }>('GET', '/api/users/me', { as: 'anna' })
    const authorization = `Bearer ${await system().tokenOf('anna')}`
    const leave = new AbortController()
    const stream = await fetch(`${url}/api/notifications/events`, {
      headers: { authorization },
      signal: leave.signal,
    })
    expect(stream.headers.get('content-type')).toBe('text/event-stream')
    const heard: string[] = []
    const reading = (async () => {
      const decoder = new TextDecoder()
      for await (const bytes of stream.body ?? []) heard.push(decoder.decode(bytes))
    })().catch(() => {})
    const hear = async (text: string) => {
      const end = Date.now() + 10_000
      while (!heard.join('').includes(text) && Date.now() < end) await Bun.sleep(20)
      expect(heard.join('')).toContain(text)
    }
    await hear('event: unread\ndata: {"unread":0}\n\n')
    const isSqlite = system().databaseUrlOf('notifications').startsWith('sqlite')
    const id = Bun.randomUUIDv7()
    const [key, now] = isSqlite ? [`x'${id.replaceAll('-', '')}'`, '1'] : [`'${id}'`, 'now()']
    await changeByHand(
      system().databaseUrlOf('notifications'),
      `INSERT INTO notifications (id, user_id, kind, subject, data, created, journal_position)
       VALUES (${key}, '${me.body.id}', 'booking.approved', 'x', '{}', ${now}, 1)`,
    )
    await hear('data: {"unread":1}')
    const read = await call<Notification>('POST', `/api/notifications/${id}/read`, { as: 'anna' })
    expect(read.body.read).not.toBe(null)
    await hear('data: {"unread":1}\n\nevent: unread\ndata: {"unread":0}')
    leave.abort()
    await reading
  })
})
