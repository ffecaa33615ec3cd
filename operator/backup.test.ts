import { expect, it, onTestFinished, setDefaultTimeout } from 'bun:test'
import { appendFile, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { serviceNames } from '../services/index.ts'
import { readConfig } from '../shared/host/config.ts'
import { describeStores } from '../shared/testing/describe-stores.ts'
import { readAuthorization } from '../scripts/harness/administrator.ts'
import { download, moveTo, prepare, run, upload } from './testing/command.ts'
import { saveSystem } from './backup/save-system.ts'
import { createLedger } from '../scripts/chaos/ledger.ts'
import { startLoad } from '../scripts/chaos/load.ts'
import { createCars, readAudit } from '../scripts/harness/request.ts'
import { waitUntil } from '../scripts/harness/wait.ts'
import { startSystem } from '../scripts/harness/run-system.ts'

setDefaultTimeout(120_000)

describeStores('a backup', (makeDatabase) => {
  it('is complete when made under load, and restores the whole system', async () => {
    const { folder, environment } = await prepare(makeDatabase)
    const system = await startSystem({ environment })
    onTestFinished(system.kill)
    const first = follow(system.url).next()
    await Bun.sleep(500)
    const resources = await createCars(system.url, 3)
    const seen = await first
    const before = [...resources]
    const text = `Bytes ${Bun.randomUUIDv7()}`
    const file = await upload(system.url, text)
    const load = startLoad({ urls: [system.url], resources, ledger: createLedger(), clients: 8 })
    await waitUntil('there is load', () => load.witness.count('create', 201) > 100)
    expect(await readBackupTime(system.url)).toBe(0)
    const begun_s = Date.now() / 1000
    const saved = await run('backup', [folder], environment)
    await load.stop()
    expect(saved).toEqual([0, ''])
    expect(await readBackupTime(system.url)).toBeGreaterThan(begun_s)
    expect(load.witness.wrong).toEqual([])
    const { allocations } = await readAudit(system.url)
    await system.stop()

    const target = await moveTo(makeDatabase, environment)
    expect(await run('restore', [folder], target)).toEqual([0, ''])
    const again = await startSystem({ environment: target })
    onTestFinished(again.kill)
    const audit = await readAudit(again.url)
    expect(audit).toMatchObject({ resources: before.length, overlaps: 0, constraint: true })
    expect(audit.allocations).toBeGreaterThan(0)
    expect(audit.allocations).toBeLessThanOrEqual(allocations + load.witness.count('release', 204))
    expect(await download(again.url, file)).toBe(text)
    // Numbers continue, and followers of events are told to reload.
    const events = follow(again.url, seen.value?.id)
    expect((await events.next()).value?.event).toBe('reset')
    await createCars(again.url, 1)
    expect((await events.next()).value?.event).toBe('resource.created')
    await again.stop()

    const [code, message] = await run('restore', [folder], target)
    expect([code, message]).toEqual([1, expect.stringMatching(/empty/)])
  })

  it('includes an upload made during the backup, but not one deleted again', async () => {
    const { folder, environment } = await prepare(makeDatabase)
    const system = await startSystem({ environment })
    onTestFinished(system.kill)
    const [kept, gone] = [`Kept ${Bun.randomUUIDv7()}`, `Gone ${Bun.randomUUIDv7()}`]
    let hashes: string[] = []
    // Both come after the first pass over the bytes; one is deleted after the copy of the rows.
    await saveSystem(folder, readConfig(environment, serviceNames), async (line) => {
      if (line.endsWith('so far')) {
        hashes = [await upload(system.url, kept), await upload(system.url, gone)]
      }
      if (!line.startsWith('courses:')) return
      const headers = { authorization: await readAuthorization(system.url) }
      const url = `${system.url}/api/files/${hashes[1]}`
      expect((await fetch(url, { method: 'DELETE', headers })).status).toBe(204)
    })
    await system.stop()
    const target = await moveTo(makeDatabase, environment)
    expect(await run('restore', [folder], target)).toEqual([0, ''])
    const again = await startSystem({ environment: target })
    onTestFinished(again.kill)
    expect(await download(again.url, hashes[0] ?? '')).toBe(kept)
    expect(await download(again.url, hashes[1] ?? '')).toContain('file_not_found')
  })

  it('is refused if a byte was changed, or its end is missing', async () => {
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
      expect.stringContaining('not a complete backup'),
    ])
  })
})

/** The events after a seen one, or from now on. */
async function* follow(url: string, lastEventId?: string) {
  const authorization = await readAuthorization(url)
  const stream = await fetch(`${url}/api/allocations/events`, {
    headers: { authorization, ...(lastEventId && { 'last-event-id': lastEventId }) },
    signal: AbortSignal.timeout(60_000),
  })
  let text = ''
  for await (const chunk of stream.body ?? []) {
    text += new TextDecoder().decode(chunk)
    const events = /^id: (?<id>.+)\nevent: (?<event>.+)\n/gm
    for (const { groups } of text.matchAll(events)) yield { id: groups?.id, event: groups?.event }
    text = text.slice(text.lastIndexOf('\n\n') + 2)
  }
}

async function readBackupTime(url: string): Promise<number> {
  const headers = { authorization: await readAuthorization(url) }
  const metrics = await (await fetch(`${url}/metrics`, { headers })).text()
  return Number(/^campus_backup_timestamp_seconds (\S+)$/m.exec(metrics)?.[1])
}
