import { existsSync } from 'node:fs'
import { booksChecks } from '../../services/books/checks.ts'
import { coursesChecks } from '../../services/courses/checks.ts'
import { filesChecks } from '../../services/files/checks.ts'
import { serviceNames, type ServiceName } from '../../services/index.ts'
import { inventoryChecks } from '../../services/inventory/checks.ts'
import { ratingsChecks } from '../../services/ratings/checks.ts'
import type { Check } from '../../shared/check.ts'
import type { Config } from '../../shared/host/config.ts'
import { locateFile } from '../../shared/program.ts'
import { openReader, type DatabaseReader } from '@campus/store/reader.ts'
import { checkPages, checkSchema, isAway } from '@campus/store/store-checks.ts'
import type { Finding } from './finding.ts'

/** The result of one check of one service's data. */
export interface Examination {
  service: ServiceName
  check: string
  /** The first few, described. */
  damage: string[]
  /** How many there are. */
  count: number
  notes: string[]
}

const own: Partial<Record<ServiceName, Record<string, Check>>> = {
  inventory: inventoryChecks,
  ratings: ratingsChecks,
  books: booksChecks,
  files: filesChecks,
  courses: coursesChecks,
}

// With a thousand findings, the cause is the same.
const shownMax = 10

/**
 * Verifies all stored data while the system serves it: on read-only connections, in bounded pieces.
 */
export async function* examine(
  names: readonly ServiceName[],
  config: Config,
): AsyncGenerator<Examination> {
  const readers = new Map<string, DatabaseReader>()
  const readerOf = (name: string) => {
    const reader = readers.get(name) ?? openReader(config.databaseUrl(name))
    readers.set(name, reader)
    return reader
  }
  try {
    for (const service of names.filter((name) => isMade(name, config))) {
      for (const [check, run] of Object.entries(checksOf(service, config))) {
        yield await runCheck({ service, check, run }, config, readerOf)
      }
    }
  } finally {
    await Promise.all([...readers.values()].map((reader) => reader.close()))
  }
}

export function toFinding({ service, check, damage, count, notes }: Examination): Finding {
  const more = count > damage.length ? [`and ${count - damage.length} more`] : []
  const found = count === 0 ? ['no damage'] : [...damage, ...more]
  return { topic: `${service}: ${check}`, ok: count === 0, text: [...found, ...notes].join('; ') }
}

export function readNames(words: readonly string[]): ServiceName[] {
  const unknown = words.find((word) => !serviceNames.some((name) => name === word))
  if (unknown)
    throw new Error(`There is no service ${unknown}. Services: ${serviceNames.join(', ')}`)
  return words.length === 0 ? serviceNames : (words as ServiceName[])
}

function isMade(name: ServiceName, config: Config): boolean {
  const file = /^sqlite:(.+)$/.exec(config.databaseUrl(name))?.[1]
  return file === undefined || existsSync(file)
}

function checksOf(name: ServiceName, config: Config): Record<string, Check> {
  const folder = locateFile(`services/${name}/migrations`)
  return {
    pages: ({ reader, note }) => checkPages(reader, note),
    schema: () => checkSchema(config.databaseUrl(name), folder),
    ...own[name],
  }
}

async function runCheck(
  { service, check, run }: { service: ServiceName; check: string; run: Check },
  config: Config,
  readerOf: (name: string) => DatabaseReader,
): Promise<Examination> {
  const found: Examination = { service, check, damage: [], count: 0, notes: [] }
  const add = (text: string) => {
    if (found.damage.length < shownMax) found.damage.push(text)
    found.count++
  }
  try {
    const note = (text: string) => void found.notes.push(text)
    const context = { reader: readerOf(service), config, clock: Date.now, readerOf, note }
    for await (const text of run(context)) add(text)
  } catch (error) {
    if (isAway(error)) throw error
    add(`cannot be checked: ${error instanceof Error ? error.message : String(error)}`)
  }
  return found
}
