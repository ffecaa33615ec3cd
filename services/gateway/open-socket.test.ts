import { afterAll, beforeAll, expect, it } from 'bun:test'
import { connect, type Socket } from 'node:net'
import { makeSqlite } from '../../shared/testing/describe-stores.ts'
import { listenForTest } from '../../shared/testing/listen.ts'
import { startForTest, type TestSystem } from '../testing/system.ts'

// As many as one machine opens in a moment, each a byte at a time ("slowloris").
const heldMax = 800

let system: TestSystem
let url: URL
beforeAll(async () => {
  system = await startForTest(makeSqlite)
  url = new URL(listenForTest(system.app))
}, 60_000)
afterAll(() => system.close())

/** A connection on which a request never ends to begin. */
function hold(first: string, next: string) {
  const socket: Socket = connect(Number(url.port), url.hostname)
  socket.on('error', () => {})
  socket.write(first)
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()))
  let received = ''
  socket.on('data', (data) => (received += data.toString()))
  const drip = () => socket.writable && socket.write(next)
  return { closed, drip, received: () => received }
}

it('requests that never begin time out, and delay nobody else', async () => {
  const begun = 'GET /api/cars HTTP/1.1\r\nHost: localhost\r\n'
  const ways = [
    ['', ''],
    [begun, ''],
    [begun, 'x-header: a\r\n'],
    [`${begun}x-header: `, 'a'],
  ] as const
  const held = Array.from({ length: heldMax }, (_, at) => {
    const [first, next] = ways[at % ways.length] ?? ['', '']
    return hold(first, next)
  })
  const drip = setInterval(() => held.forEach(({ drip }) => drip()), 500)
  let ended = 0
  const all = Promise.all(held.map(({ closed }) => closed.then(() => ended++)))
  // Others come and go, on connections of their own, as long as any of them is held.
  let served = 0
  let isOver = false
  const serve = async () => {
    while (!isOver) {
      const answer = await fetch(new URL('/api/resource_types', url), { keepalive: false })
      expect(answer.status).toBe(200)
      await answer.text()
      served++
      await Bun.sleep(100)
    }
  }
  const others = serve()
  await all
  isOver = true
  await others
  clearInterval(drip)
  expect(ended).toBe(heldMax)
  expect(served).toBeGreaterThan(10)
  expect(held.filter(({ received }) => received() !== '')).toEqual([])
}, 120_000)
