import { expect, it, onTestFinished } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { productionEnvironment } from '../scripts/harness/administrator.ts'
import { commandOf } from '../scripts/harness/program.ts'
import { startSystem } from '../scripts/harness/run-system.ts'

it('a process that is stopped while it adds sample data never says that it is ready', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'campus-early-stop-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const system = await startSystem({
    environment: {
      ...productionEnvironment,
      SAMPLE_DATA: 'true',
      LOG_FORMAT: 'json',
      LOG_LEVEL: 'info',
      BLOB_URL: `file:${folder}/blobs`,
      DATABASE_URL: `sqlite:${folder}/{service}.sqlite`,
    },
  })
  onTestFinished(system.kill)
  await system.stop()
  const said = system.output().match(/"message":"(ready|draining|stopped)"/g)
  expect(said).toEqual(['"message":"draining"', '"message":"stopped"'])
}, 60_000)

it('a first start that cannot listen shows the first password all the same', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'campus-no-port-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  using taken = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response() })
  const run = Bun.spawn([...commandOf('serve.ts'), 'users'], {
    env: {
      ...process.env,
      PORT: String(taken.port),
      LOG_FORMAT: 'pretty',
      SAMPLE_DATA: 'false',
      SECRET_FILE: `${folder}/secret`,
      DATABASE_URL: `sqlite:${folder}/{service}.sqlite`,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [shown, errors] = await Promise.all([run.stdout.text(), run.stderr.text()])
  expect([await run.exited, errors]).toEqual([1, expect.stringContaining('in use')])
  expect(shown).toMatch(/administrator +admin, password \S{16}/)
}, 60_000)
