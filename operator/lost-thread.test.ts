import { expect, it, onTestFinished } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { productionEnvironment } from '../scripts/harness/administrator.ts'
import { startSystem } from '../scripts/harness/run-system.ts'

// Makes the first thread of the process, which writes, throw on a signal.
const breaker = `
  const threads = []
  globalThis.Worker = class extends Worker {
    constructor(...given) { super(...given); threads.push(this) }
  }
  process.on('SIGUSR2', () => threads[0].postMessage(null))`

it('a process whose writing thread ended says so and ends, and another one goes on', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'campus-lost-thread-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const preload = join(folder, 'breaker.ts')
  await Bun.write(preload, breaker)
  const environment = {
    ...productionEnvironment,
    DATABASE_URL: `sqlite:${folder}/{service}.sqlite`,
  }
  const command = [process.execPath, '--preload', preload, 'serve.ts']
  const system = await startSystem({ parts: ['users'], environment, command })
  onTestFinished(system.kill)
  process.kill(system.pids[0] ?? 0, 'SIGUSR2')
  const end = Date.now() + 10_000
  while (Date.now() < end && (await fetch(`${system.url}/livez`).catch(() => undefined))) {
    await Bun.sleep(50)
  }
  const said = await system.stop().catch(({ message }: Error) => message)
  expect(said).toContain('exited with 1')
  expect(system.output().split('a thread ended, and so does the process')).toHaveLength(2)
  const anew = await startSystem({ parts: ['users'], environment })
  await anew.stop()
}, 60_000)
