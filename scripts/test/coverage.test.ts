import { expect, it } from 'bun:test'
import { join } from 'node:path'
import { readCoverage } from './coverage.ts'

const root = join(import.meta.dir, '../..')
const record = (path: string, found: number, hit: number) =>
  `SF:${path}\nLF:${found}\nLH:${hit}\nend_of_record\n`

it('counts what no test loads as not covered, in each of the folders', () => {
  const { percent, unloaded } = readCoverage(root, '')
  expect(percent).toBe(0)
  for (const path of ['packages/store/src/batch.ts', 'services/compose.ts', 'shared/page.ts']) {
    expect(unloaded).toContain(path)
    const loaded = readCoverage(root, record(path, 1_000_000, 1_000_000))
    expect(loaded.unloaded).not.toContain(path)
    expect(loaded.percent).toBeGreaterThan(90)
  }
  expect(unloaded.filter((path) => /\.test\.ts$|\/testing\//.test(path))).toEqual([])
})
