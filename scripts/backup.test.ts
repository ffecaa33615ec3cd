import { expect, it, onTestFinished, setDefaultTimeout } from 'bun:test'
import { appendFile, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeStores, type MakeDatabase } from '../shared/testing/describe-stores.ts'
import { campaignEnvironment, readAuthorization } from './administrator.ts'
import { createLedger } from './chaos/ledger.ts'
import { startLoad } from './chaos/load.ts'
import { createCars, readAudit } from './chaos/request.ts'
import { waitUntil } from './chaos/wait.ts'
import { startSystem } from './run-system.ts'

setDefaultTimeout(120_000)

describeStores('a backup', (makeDatabase) => {
  it('is made under load, is whole, and is the system again where it is restored', async () => {
    const { folder, environment } = await prepare(makeDatabase)
    const system = await startSystem({ environment })
    onTestFinished(system.kill)
    const resources = await createCars(system.url, 3)
    const before = [...resources]
    const text = `Bytes ${Bun.randomUUIDv7()}`
    const file = await upload(system.url, text)
    const load = startLoad({ urls: [system.url], resources, ledger: createLedger(), clients: 8 })
    await waitUntil('there is load', () => load.tally.count('create', 201) > 100)
    const saved = await run('backup', [folder], environment)
    await load.stop()
    expect(saved).toEqual([0, ''])
    expect(load.tally.wrong).toEqual([])
    const { allocations } = await readAudit(system.url)
    await system.stop()

    const target = await moveTo(makeDatabase, environment)
    expect(await run('restore', [folder], target)).toEqual([0, ''])
    const again = await startSystem({ environment: target })
    onTestFinished(again.kill)
    const audit = await readAudit(again.url)
    expect(audit).toMatchObject({ resources: before.length, overlaps: 0, constraint: true })
    expect(audit.allocations).toBeGreaterThan(0)
    expect(audit.allocations).toBeLessThanOrEqual(allocations + load.tally.count('release', 204))
    expect(await download(again.url, file)).toBe(text)
    // Numbers go on where they were, and events are read from the first one on.
    const [car = ''] = await createCars(again.url, 1)
    await followUntil(again.url, car.split('/').at(-1) ?? '')
    await again.stop()

    const [code, message] = await run('restore', [folder], target)
    expect([code, message]).toEqual([1, expect.stringMatching(/empty/)])
  })

  it('is refused when a byte of it was changed, or its end is missing', async () => {
    const { folder, environment } = await prepare(makeDatabase)
    const system = await startSystem({ environment })
    await system.stop()
    expect(await run('backup', [folder], environment)).toEqual([0, ''])
    const target = await moveTo(makeDatabase, environment)
    const [file = ''] = await readdir(join(folder, 'inventory'))
    await appendFile(join(folder, 'inventory', file), '\n')
    expect(await run('restore', [folder], target)).toEqual([
      1,
      expect.stringContaining(`inventory/${file} was changed`),
    ])
    await rm(join(folder, 'manifest.json'))
    expect(await run('restore', [folder], target)).toEqual([
      1,
      expect.stringContaining('not a whole backup'),
    ])
  })
})

async function prepare(makeDatabase: MakeDatabase) {
  const parent = await mkdtemp(join(tmpdir(), 'campus-backup-'))
  onTestFinished(() => rm(parent, { recursive: true, force: true }))
  const environment = {
    ...campaignEnvironment,
    NODE_ENV: 'production',
    LOG_LEVEL: 'warn',
    DATABASE_URL: (await makeFor(makeDatabase)).url,
    BLOB_URL: `file:${parent}/blobs`,
  }
  return { folder: join(parent, 'backup'), environment }
}

/** The same settings for an empty system. */
async function moveTo(makeDatabase: MakeDatabase, environment: Record<string, string>) {
  const { url } = await makeFor(makeDatabase)
  return { ...environment, DATABASE_URL: url, BLOB_URL: `${environment.BLOB_URL}-restored` }
}

async function upload(url: string, text: string): Promise<string> {
  const form = new FormData()
  form.append('upfile', new File([text], 'note.txt'))
  const headers = { authorization: await readAuthorization(url) }
  const answer = await fetch(`${url}/api/files`, { method: 'POST', headers, body: form })
  return ((await answer.json()) as { file_hash: string }).file_hash
}

async function download(url: string, hash: string): Promise<string> {
  const headers = { authorization: await readAuthorization(url) }
  return (await fetch(`${url}/api/files/${hash}/content`, { headers })).text()
}

async function makeFor(makeDatabase: MakeDatabase) {
  const database = await makeDatabase()
  onTestFinished(database.remove)
  return database
}

/** @returns how it ended, and what it complained of */
async function run(
  script: string,
  words: string[],
  environment: Record<string, string>,
): Promise<[code: number, errors: string]> {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, `${script}.ts`), ...words], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const errors = await child.stderr.text()
  return [await child.exited, errors]
}

/** Reads events from the first one on, until one speaks of this. */
async function followUntil(url: string, words: string): Promise<void> {
  const authorization = await readAuthorization(url)
  const stream = await fetch(`${url}/api/allocations/events`, {
    headers: { authorization, 'last-event-id': '0-0' },
    signal: AbortSignal.timeout(20_000),
  })
  let text = ''
  for await (const chunk of stream.body ?? []) {
    text += new TextDecoder().decode(chunk)
    if (text.includes(words)) return
  }
  throw new Error(`The events ended without ${words}`)
}
