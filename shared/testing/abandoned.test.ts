import { expect, it } from 'bun:test'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removeAbandoned } from './abandoned.ts'

it('removes the folders of processes that ended, and no others', () => {
  const base = mkdtempSync(join(tmpdir(), 'campus-abandoned-'))
  const ended = Bun.spawnSync(['true']).pid
  for (const name of [
    `mine-${ended}-x/data`,
    `mine-${process.pid}-x`,
    `other-${ended}-x`,
    'mine-x',
  ]) {
    mkdirSync(join(base, name), { recursive: true })
  }
  removeAbandoned(base, 'mine-')
  expect(readdirSync(base).toSorted()).toEqual(
    ['mine-x', `mine-${process.pid}-x`, `other-${ended}-x`].toSorted(),
  )
  rmSync(base, { recursive: true })
})
