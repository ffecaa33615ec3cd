import { expect, it, onTestFinished } from 'bun:test'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makePrivateFile } from './private-file.ts'

it('a private file and its folders are readable by their owner only, and are kept', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'campus-private-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, 'a/b/c')
  makePrivateFile(path)
  const modeOf = async (name: string) => ((await stat(join(folder, name))).mode & 0o777).toString(8)
  expect([await modeOf('a'), await modeOf('a/b'), await modeOf('a/b/c')]).toEqual([
    '700',
    '700',
    '600',
  ])
  await Bun.write(path, 'kept')
  makePrivateFile(path)
  expect(await Bun.file(path).text()).toBe('kept')
})
