import { Database } from 'bun:sqlite'
import { expect, it, onTestFinished, setDefaultTimeout } from 'bun:test'
import { copyFile, mkdir, mkdtemp, readdir, rm, stat, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serviceNames } from '../services/index.ts'
import { productionEnvironment } from '../scripts/harness/administrator.ts'
import { freePorts, startSystem } from '../scripts/harness/run-system.ts'
import { commandOf } from '../scripts/harness/program.ts'

setDefaultTimeout(60_000)

const files = serviceNames.map((name) => `${name}.sqlite`)
const markers = files.map((file) => `${file}-marker`)

it('a clean stop leaves each database complete in a file only its owner may read', async () => {
  const { folder, environment } = await runOnce()
  expect((await readdir(folder)).toSorted()).toEqual([...files, ...markers].toSorted())
  // The data folder, the contents of files, and a backup of everything.
  const backup = join(folder, '../backup')
  const saved = Bun.spawnSync([...commandOf('operator/backup.ts'), backup], {
    env: { ...process.env, ...environment },
  })
  expect(saved.exitCode).toBe(0)
  const open: string[] = []
  for (const entry of await readdir(join(folder, '..'), { recursive: true })) {
    const { mode } = await stat(join(folder, '..', entry))
    if ((mode & 0o077) !== 0) open.push(entry)
  }
  expect(open.filter((entry) => !entry.endsWith('manifest.json'))).toEqual([])

  const copy = join(folder, 'copy')
  await mkdir(copy)
  for (const file of files) await copyFile(join(folder, file), join(copy, file))
  const counts = files.map((file) => [countRows(join(folder, file)), countRows(join(copy, file))])
  for (const [there = 0, copied = 0] of counts) {
    expect(there).toBeGreaterThan(0)
    expect(copied).toBe(there)
  }
  const again = await startSystem({ environment: { ...environment, ...on(copy) } })
  await again.stop()
})

it('a start refuses if a former database is missing, and creates nothing', async () => {
  const { folder, environment } = await runOnce()
  const [first = '', second = ''] = files.map((file) => join(folder, file))

  await truncate(first)
  expect(await refusal(environment)).toContain(`${first} is missing or empty`)
  await rm(first)
  expect(await refusal(environment)).toContain(`${first} is missing or empty`)
  expect(await readdir(folder)).not.toContain(files[0])
  await copyFile(second, first)
  const message = await refusal(environment)
  expect(message).toContain(`${first} is another one`)
  expect(message).toContain(`remove ${first}-marker`)

  await rm(first)
  await rm(`${first}-marker`)
  const anew = await startSystem({ environment })
  await anew.stop()
})

it('a second process on a SQLite file logs that, and a later single one does not', async () => {
  const { environment } = await runOnce()
  const part = { parts: ['users'] as const, environment }
  const first = await startSystem(part)
  onTestFinished(first.kill)
  const second = await startSystem(part)
  onTestFinished(second.kill)
  expect(first.output()).not.toContain('Another process serves this SQLite file')
  await second.stop()
  expect(second.output()).toContain('Another process serves this SQLite file')
  await first.kill()
  const third = await startSystem(part)
  await third.stop()
  expect(third.output()).not.toContain('Another process serves this SQLite file')
})

/** A system filled with samples, then stopped. */
async function runOnce() {
  const parent = await mkdtemp(join(tmpdir(), 'campus-folder-'))
  onTestFinished(() => rm(parent, { recursive: true }))
  const folder = join(parent, 'data')
  const environment = {
    ...productionEnvironment,
    SAMPLE_DATA: 'true',
    BLOB_URL: `file:${parent}/blobs`,
    ...on(folder),
  }
  const system = await startSystem({ environment })
  await system.stop()
  return { folder, environment }
}

function on(folder: string) {
  return { DATABASE_URL: `sqlite:${folder}/{service}.sqlite` }
}

/** The complaint of a start that must fail. */
async function refusal(environment: Record<string, string>): Promise<string> {
  const [PORT = ''] = freePorts(1)
  const child = Bun.spawn(commandOf('serve.ts'), {
    cwd: join(import.meta.dir, '..'),
    env: { ...process.env, ...environment, PORT },
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 30_000,
  })
  const text = await child.stderr.text()
  expect(await child.exited).toBe(1)
  return text
}

function countRows(file: string): number {
  using database = new Database(file, { readonly: true })
  const tables = database
    .query<{ name: string }, []>(
      `SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'migrations'`,
    )
    .all()
  const count = (name: string) =>
    database.query<{ count: number }, []>(`SELECT count(*) AS count FROM "${name}"`).get()?.count
  return tables.reduce((sum, { name }) => sum + (count(name) ?? 0), 0)
}
