import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Coverage {
  /** From 0 to 100. */
  percent: number
  /** Files with executable lines that no test loads: they count as not covered. */
  unloaded: string[]
}

const folders = ['packages/store', 'services', 'shared']

/**
 * Reads the line coverage of what runs in production: packages/store/, services/ and shared/.
 * @param root folder of the repository
 * @param lcov the report in lcov's format, with paths from the root
 */
export function readCoverage(root: string, lcov: string): Coverage {
  const loaded = new Map(
    lcov.split('end_of_record').flatMap((record) => {
      const path = /^SF:(.+)$/m.exec(record)?.[1]
      return path ? [[path, { found: read(record, 'LF'), hit: read(record, 'LH') }] as const] : []
    }),
  )
  const paths = folders
    .flatMap((folder) => [...new Bun.Glob(`${folder}/**/*.{ts,tsx}`).scanSync(root)])
    .filter(counts)
  const counted = paths.map((path) => {
    return { path, ...(loaded.get(path) ?? { found: countRunLines(join(root, path)), hit: 0 }) }
  })
  const found = counted.reduce((sum, file) => sum + file.found, 0)
  const hit = counted.reduce((sum, file) => sum + file.hit, 0)
  const unloaded = counted.filter((file) => file.found > 0 && !loaded.has(file.path))
  return {
    percent: found === 0 ? 0 : (hit / found) * 100,
    unloaded: unloaded.map((file) => file.path).toSorted(),
  }
}

function counts(path: string): boolean {
  const isSupport = /(?:^|\/)(?:node_modules|migrations|testing)\/|(?:^|\/)(?:testing|fixture)\.ts$/
  return !isSupport.test(path) && !/\.(?:test|d)\.tsx?$/.test(path)
}

function read(record: string, key: 'LF' | 'LH'): number {
  return Number(new RegExp(`^${key}:(\\d+)$`, 'm').exec(record)?.[1] ?? 0)
}

/** Lines left after type stripping: none for a file of types. */
function countRunLines(path: string): number {
  const loader = path.endsWith('x') ? 'tsx' : 'ts'
  const program = new Bun.Transpiler({ loader }).transformSync(readFileSync(path, 'utf8'))
  return program.split('\n').filter((line) => line.trim()).length
}
