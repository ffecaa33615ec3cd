import { expect, it, onTestFinished } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { productionEnvironment } from '../scripts/harness/administrator.ts'
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
