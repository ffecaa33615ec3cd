import { RedisClient } from 'bun'
import { afterAll, beforeAll, describe, expect, it } from 'bun:test'
import {
  createLimiter,
  createSharedLimiter,
  toLimitHeaders,
  toPolicy,
  type SharedLimiter,
} from './limit.ts'
import { createLog } from './log.ts'
import { findFreePort } from '../testing/port.ts'

const policy = { name: 'user', quota: 6, window_s: 60 }

describe('a limit', () => {
  it("allows a minute's worth at once, then one at a time, and reports the rest", () => {
    const { consume } = createLimiter()
    const verdicts = Array.from({ length: 7 }, () => consume('a', policy, 0))
    expect(verdicts.map(({ allowed }) => allowed)).toEqual([
      true,
      true,
      true,
      true,
      true,
      true,
      false,
    ])
    expect(verdicts.map(({ remaining }) => remaining)).toEqual([5, 4, 3, 2, 1, 0, 0])
    expect(verdicts.at(-1)).toMatchObject({ retryAfter_s: 10, reset_s: 60 })
    expect(consume('a', policy, 9_999).allowed).toBe(false)
    expect(consume('a', policy, 10_000).allowed).toBe(true)
    expect(consume('a', policy, 10_001).allowed).toBe(false)
    expect(consume('b', policy, 0).allowed).toBe(true)
    expect(consume('a', policy, 500_000).remaining).toBe(5)
  })

  it('does not count what it refuses', () => {
    const { consume } = createLimiter()
    for (let at = 0; at < 1000; at++) consume('a', policy, 0)
    expect(consume('a', policy, 10_000).allowed).toBe(true)
  })

  it('allows many per minute if spread out', () => {
    expect(toPolicy('user', 6)).toEqual(policy)
    expect(toPolicy('user', 6000)).toEqual({ name: 'user', quota: 600, window_s: 6 })
    expect(toPolicy('user', 1_000_000)).toEqual({ name: 'user', quota: 16_666, window_s: 1 })
    expect(toPolicy('user', 0)).toBeUndefined()
    for (let perMinute = 1; perMinute < 100_000; perMinute += 7) {
      const { quota, window_s } = toPolicy('user', perMinute) ?? policy
      expect(quota).toBeGreaterThanOrEqual(Math.min(perMinute, 600))
      expect((quota * 60) / window_s).toBeWithin(perMinute * 0.99, perMinute + 0.001)
    }
  })

  it('is reported in the headers of the draft', () => {
    const verdict = { allowed: false, remaining: 0, reset_s: 60, retryAfter_s: 10 }
    expect(toLimitHeaders(policy, verdict)).toEqual({
      'ratelimit-policy': '"user";q=6;w=60',
      ratelimit: '"user";r=0;t=60',
      'retry-after': '10',
    })
  })
})

const server = Bun.which('valkey-server') ?? Bun.which('redis-server')
if (!server) console.log('Limits in Redis or Valkey are not tested: neither is installed.')

describe.skipIf(!server)('a limit shared by gateways', () => {
  const port = findFreePort()
  let lines = ''
  const log = createLog({ level: 'warn', format: 'json', write: (text) => (lines += text) })
  let child: Bun.Subprocess
  let limiters: SharedLimiter[]

  async function start(): Promise<void> {
    child = Bun.spawn([server ?? '', '--port', String(port), '--save', '', '--bind', '127.0.0.1'], {
      stdio: ['ignore', 'ignore', 'ignore'],
    })
    const probe = new RedisClient(`redis://127.0.0.1:${port}`)
    while (
      !(await probe.connect().then(
        () => true,
        () => false,
      ))
    )
      await Bun.sleep(20)
    probe.close()
  }

  beforeAll(async () => {
    await start()
    const options = () => ({ alone: createLimiter(), clock: Date.now, log })
    limiters = [0, 1].map(() => createSharedLimiter(`redis://127.0.0.1:${port}`, options()))
    await Bun.sleep(100)
  })
  afterAll(() => {
    for (const limiter of limiters) limiter.close()
    child.kill('SIGKILL')
  })

  function count(message: string): number {
    log.flush()
    return lines.split(message).length - 1
  }

  const takeAll = (key: string, count: number) =>
    Promise.all(
      Array.from({ length: count }, (_, at) =>
        (limiters[at % 2] as SharedLimiter).consume(key, policy),
      ),
    )

  it('allows as many as a single one, under any concurrency', async () => {
    const verdicts = await takeAll('x', 40)
    expect(verdicts.filter(({ allowed }) => allowed)).toHaveLength(6)
    expect(verdicts.every(({ allowed, retryAfter_s }) => allowed || retryAfter_s > 0)).toBe(true)
  })

  it('is counted per gateway while the server is down, and shared again afterwards', async () => {
    child.kill('SIGKILL')
    await child.exited
    // Each of the two lets six in: nobody is locked out, and nobody goes unlimited.
    const alone = await takeAll('y', 40)
    expect(alone.filter(({ allowed }) => allowed)).toHaveLength(12)
    expect(count('limits are counted alone')).toBe(2)
    await start()
    const isShared = async () => {
      await takeAll('z', 2)
      return count('limits are shared again') === 2
    }
    for (let tries = 0; tries < 100 && !(await isShared()); tries++) await Bun.sleep(50)
    const shared = await takeAll('w', 40)
    expect(shared.filter(({ allowed }) => allowed)).toHaveLength(6)
  }, 20_000)
})

it('a hanging server is tried a few times, not for each request', async () => {
  let asked = 0
  // RESP3: it greets, and never answers again.
  const greeting = '%1\r\n$6\r\nserver\r\n$5\r\nredis\r\n'
  const silent = Bun.listen({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      data: (socket, bytes) => {
        const text = bytes.toString()
        if (text.includes('HELLO')) socket.write(greeting)
        asked += text.split('EVAL').length - 1
      },
    },
  })
  const log = createLog({ level: 'error', format: 'json', write: () => {} })
  const options = { alone: createLimiter(), clock: Date.now, log }
  const limiter = createSharedLimiter(`redis://127.0.0.1:${silent.port}`, options)
  await Bun.sleep(100)
  const start = performance.now()
  const verdicts: boolean[] = []
  for (let at = 0; at < 50; at++) verdicts.push((await limiter.consume('a', policy)).allowed)
  const seconds = (performance.now() - start) / 1000
  // Five in a row, and one a second from then on.
  expect(asked).toBeGreaterThan(0)
  expect(asked).toBeLessThanOrEqual(6 + seconds)
  expect(verdicts.filter(Boolean)).toHaveLength(6)
  limiter.close()
  silent.stop(true)
}, 30_000)
