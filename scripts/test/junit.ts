import { existsSync, readFileSync } from 'node:fs'

export interface Result {
  passed: number
  failed: number
  skipped: number
}

export interface TestReport extends Result {
  failures: { file: string; name: string }[]
  /** Files that ran. One that throws while loading is missing here and in the failures. */
  files: string[]
}

/** Reads the output of `bun test --reporter=junit`; all zero without it. */
export function readJunit(path: string): TestReport {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const [total = ''] = /<testsuites [^>]*>/.exec(text) ?? []
  const read = (key: string) => Number(readAttribute(total, key))
  const [tests, failed, skipped] = [read('tests'), read('failures'), read('skipped')]
  const cases = text.matchAll(/(<testcase [^>]*[^/]>)\s*<failure/g)
  const failures = [...cases].map(([, opening = '']) => ({
    file: readAttribute(opening, 'file'),
    name: [readAttribute(opening, 'classname'), readAttribute(opening, 'name')]
      .filter(Boolean)
      .join(' > '),
  }))
  const files = [...text.matchAll(/\bfile="([^"]*)"/g)].map(([, file = '']) => file)
  const counts = { passed: tests - failed - skipped, failed, skipped }
  return { ...counts, failures, files: [...new Set(files)] }
}

function readAttribute(opening: string, key: string): string {
  const [, value = ''] = new RegExp(`\\b${key}="([^"]*)"`).exec(opening) ?? []
  return value.replace(/&(quot|lt|gt|apos|amp);/g, (entity) => entities[entity] ?? entity)
}

const entities: Record<string, string> = {
  '&quot;': '"',
  '&lt;': '<',
  '&gt;': '>',
  '&apos;': "'",
  '&amp;': '&',
}
