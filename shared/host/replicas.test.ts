import { afterEach, describe, expect, it } from 'bun:test'
import { createReplicas } from './replicas.ts'

describe('the replicas of a service', () => {
  const servers: { stop: (all: boolean) => unknown }[] = []
  afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop(true))))

  /** A process that is ready or not. */
  function serve() {
    const state = { isReady: true, port: 0 }
    const server = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch: () => new Response(null, { status: state.isReady ? 200 : 503 }),
    })
    servers.push(server)
    state.port = server.port ?? 0
    return state
  }

  it('are probed, also while the name of one of them is unknown', async () => {
    const alive = serve()
    const url = `http://127.0.0.1:${alive.port}`
    const replicas = createReplicas([url, 'http://gone.invalid'])
    const urls = () => replicas.rotate().map((replica) => replica.url)
    await replicas.refresh()
    expect(urls()).toEqual([url])
    expect(await replicas.countReady()).toBe(1)
    await replicas.requireReady()
    alive.isReady = false
    await replicas.refresh()
    expect(await replicas.countReady()).toBe(0)
    expect(await replicas.requireReady().catch(({ message }) => message)).toBe(
      `Not ready: ${url}, http://gone.invalid`,
    )
    alive.isReady = true
    await replicas.refresh()
    expect(urls()).toEqual([url])
  })

  it('keep their addresses while no name server answers, not without their name', async () => {
    const [alive, other] = [serve(), serve()]
    const zone: Record<string, string[] | string> = { a: ['127.0.0.1'], b: ['127.0.0.1'] }
    const names = [`http://a:${alive.port}`, `http://b:${other.port}`]
    const replicas = createReplicas(names, async (name) => {
      const answer = zone[name]
      if (answer === 'silent') return new Promise<never>(() => {})
      if (Array.isArray(answer)) return answer
      throw Object.assign(new Error(name), { code: answer })
    })
    const ports = () =>
      replicas
        .rotate()
        .map(({ url }) => Number(new URL(url).port))
        .toSorted()
    const both = [alive.port, other.port].toSorted()
    await replicas.refresh()
    expect(ports()).toEqual(both)
    for (const failure of ['EAI_AGAIN', 'silent']) {
      zone.b = failure
      await replicas.refresh()
      expect([failure, ports()]).toEqual([failure, both])
      other.isReady = false
      await replicas.refresh()
      expect([failure, ports()]).toEqual([failure, [alive.port]])
      other.isReady = true
    }
    // Its address may be another service's by now.
    zone.b = 'ENOTFOUND'
    await replicas.refresh()
    expect(ports()).toEqual([alive.port])
    expect(await replicas.countReady()).toBe(1)
    zone.b = ['127.0.0.1']
    await replicas.refresh()
    expect(ports()).toEqual(both)
  }, 30_000)
})
