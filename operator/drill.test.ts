import { expect, it, onTestFinished, setDefaultTimeout } from 'bun:test'
import { mkdir, readdir, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { startSystem } from '../scripts/harness/run-system.ts'
import { createCars, readAudit } from '../scripts/harness/request.ts'
import { describeStores } from '../shared/testing/describe-stores.ts'
import { moveTo, prepare, run, startScript, upload, type Environment } from './testing/command.ts'

setDefaultTimeout(240_000)

describeStores('scheduled backups', (makeDatabase) => {
  it('are kept as many as wanted, and the newest is restored beside the system', async () => {
    const { folder, environment } = await prepare(makeDatabase)
    const system = await startSystem({ environment })
    onTestFinished(system.kill)
    await createCars(system.url, 3)
    await upload(system.url, `Bytes ${Bun.randomUUIDv7()}`)
    // Left by a killed backup.
    await mkdir(join(folder, '2020-01-01T000000Z', 'books'), { recursive: true })
    for (let day = 0; day < 3; day++) {
      expect(await run('backup', [folder, '--keep', '2'], environment)).toEqual([0, ''])
      // Named by the second.
      await Bun.sleep(1000)
    }
    const kept = await readdir(folder)
    expect(kept).toHaveLength(2)

    const beside = await moveTo(makeDatabase, environment)
    const into = toInto(beside)
    // Left by a killed drill, and by a running one.
    for (const name of ['.drill-killed', '.drill-runs00']) await mkdir(join(folder, name))
    await utimes(join(folder, '.drill-killed'), 0, 0)
    const [code, output] = await drill([folder, ...into], environment)
    expect([code, output]).toEqual([0, expect.stringContaining(kept.toSorted().at(-1) ?? '')])
    expect(output).toMatch(/ok {3}inventory: overlap/)
    expect(output).not.toContain('BAD')
    expect((await readdir(folder)).toSorted()).toEqual(['.drill-runs00', ...kept.toSorted()])
    expect(await readAudit(system.url)).toMatchObject({ resources: 3 })
    const again = await drill([folder, ...into], environment)
    if (into.length === 0) expect(again).toEqual([0, expect.not.stringContaining('BAD')])
    else expect(again).toEqual([1, expect.stringContaining('an empty --into each time')])
  })

  it('are kept by days, however many a day has, and the newest by any clock', async () => {
    const { folder, environment } = await prepare(makeDatabase)
    const system = await startSystem({ environment })
    onTestFinished(system.kill)
    await system.stop()
    const days = ['2026-01-01', '2026-01-02', '2999-01-01', '2999-01-02', '2999-01-03']
    const hours = days.flatMap((day) => [`${day}T020000Z`, `${day}T030000Z`])
    for (const name of hours) await Bun.write(join(folder, name, 'manifest.json'), '{}')
    // One later than all complete ones is in progress.
    await mkdir(join(folder, '2999-01-04T020000Z'))
    expect(await run('backup', [folder, '--keep', '3'], environment)).toEqual([0, ''])
    const [made, ...others] = (await readdir(folder)).toSorted()
    expect(await Bun.file(join(folder, made ?? '', 'manifest.json')).json()).toHaveProperty(
      'format',
    )
    expect(others).toEqual([
      '2999-01-02T030000Z',
      '2999-01-03T020000Z',
      '2999-01-03T030000Z',
      '2999-01-04T020000Z',
    ])
  })

  it('are refused by a drill if a byte has changed', async () => {
    const { folder, environment } = await prepare(makeDatabase)
    const system = await startSystem({ environment })
    onTestFinished(system.kill)
    const hash = await upload(system.url, 'a text')
    await system.stop()
    expect(await run('backup', [folder], environment)).toEqual([0, ''])
    const [blob = ''] = await readdir(join(folder, 'blobs'), { recursive: true }).then((paths) =>
      paths.filter((path) => /[0-9a-f-]{36}$/.test(path)),
    )
    await Bun.write(join(folder, 'blobs', blob), 'b text')
    const into = toInto(await moveTo(makeDatabase, environment))
    expect(await drill([folder, ...into], environment)).toEqual([1, expect.stringContaining(blob)])
    expect(hash).toHaveLength(64)
  })
})

// Files need no separate place.
function toInto({ DATABASE_URL = '' }: Environment): string[] {
  return DATABASE_URL.startsWith('postgres') ? ['--into', DATABASE_URL] : []
}

async function drill(words: string[], environment: Environment): Promise<[number, string]> {
  const child = startScript('restore', ['--drill', ...words], environment)
  const [output, errors] = await Promise.all([child.stdout.text(), child.stderr.text()])
  return [await child.exited, output + errors]
}
