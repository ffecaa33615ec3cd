import { serviceNames } from '../services/index.ts'
import { expect, it, onTestFinished, setDefaultTimeout } from 'bun:test'
import { join } from 'node:path'
import { describeStores } from '../shared/testing/describe-stores.ts'
import { download, moveTo, prepare, run, startScript, upload } from './testing/command.ts'
import type { Manifest } from './backup/manifest.ts'
import { startSystem } from '../scripts/harness/run-system.ts'

setDefaultTimeout(240_000)

describeStores('a restore', (makeDatabase) => {
  async function save() {
    const { folder, environment } = await prepare(makeDatabase)
    const system = await startSystem({ environment: { ...environment, SAMPLE_DATA: 'true' } })
    onTestFinished(system.kill)
    const text = `Bytes ${Bun.randomUUIDv7()}`
    const file = await upload(system.url, text)
    await system.stop()
    expect(await run('backup', [folder], environment)).toEqual([0, ''])
    return { folder, environment, file, text }
  }

  it('is refused with another secret, and leaves the target empty', async () => {
    const { folder, environment, file, text } = await save()
    const target = await moveTo(makeDatabase, environment)
    const SECRET = 'a secret of quite another system, as long'
    const [code, message] = await run('restore', [folder], { ...target, SECRET })
    expect([code, message]).toEqual([1, expect.stringContaining('SECRET')])
    const manifest = await Bun.file(join(folder, 'manifest.json')).text()
    expect(manifest).not.toContain(environment.SECRET ?? '')
    expect(await run('restore', [folder], target)).toEqual([0, ''])
    const again = await startSystem({ environment: target })
    onTestFinished(again.kill)
    expect(await download(again.url, file)).toBe(text)
  })

  it('is refused if the backup is newer, and leaves the target empty', async () => {
    const { folder, environment } = await save()
    const target = await moveTo(makeDatabase, environment)
    const path = join(folder, 'manifest.json')
    const manifest = (await Bun.file(path).json()) as Manifest
    const write = (changed: object) => Bun.write(path, JSON.stringify({ ...manifest, ...changed }))
    const next = { name: '9999_of_next_year.sql', hash: 'unknown' }
    const courses = manifest.databases.courses as Manifest['databases'][string]
    const newer = { ...courses, migrations: [...courses.migrations, next] }
    await write({ databases: { ...manifest.databases, courses: newer } })
    const refused = await run('restore', [folder], target)
    expect(refused).toEqual([1, expect.stringContaining('9999_of_next_year.sql is unknown here')])
    await write({ format: 2 })
    const unknown = await run('restore', [folder], target)
    expect(unknown).toEqual([1, expect.stringContaining('newer version')])
    await write({})
    expect(await run('restore', [folder], target)).toEqual([0, ''])
  })

  it('that is killed serves nothing, and continues when it is run again', async () => {
    const { folder, environment, file, text } = await save()
    // Within the databases, after them, after the bytes, and while marks are removed.
    for (const line of ['inventory: ', 'courses: ', 'files: ', 'ratings: finished']) {
      const target = await killAt(line, folder, () => moveTo(makeDatabase, environment))
      const start = await startSystem({ environment: target }).catch((error: Error) => error)
      expect(String(start)).toContain('A restore into this database was not finished')

      expect(await run('restore', [folder], target)).toEqual([0, ''])
      const again = await startSystem({ environment: target })
      onTestFinished(again.kill)
      expect(await download(again.url, file)).toBe(text)
      await again.stop()
      const [code, message] = await run('restore', [folder], target)
      expect([code, message]).toEqual([1, expect.stringContaining('empty system only')])
    }
  })
})

/**
 * Kills a restore at this output; in another target once more if it had already finished.
 * @returns where it was killed
 */
async function killAt(
  line: string,
  folder: string,
  makeTarget: () => Promise<Record<string, string>>,
): Promise<Record<string, string>> {
  for (;;) {
    const target = await makeTarget()
    const child = startScript('restore', [folder], target)
    const decoder = new TextDecoder()
    let said = ''
    for await (const chunk of child.stdout) {
      said += decoder.decode(chunk, { stream: true })
      if (said.includes(line)) child.kill('SIGKILL')
    }
    expect(said).toContain(line)
    if (!said.includes(`${serviceNames.at(-1)}: finished`)) return target
  }
}
