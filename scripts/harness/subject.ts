import { rmSync } from 'node:fs'
import { mkdir, mkdtemp } from 'node:fs/promises'
import { productionEnvironment } from './administrator.ts'
import { startSystem, type System } from './run-system.ts'

/** The system under test of a measurement or campaign; removed completely at the end. */
export interface Subject {
  folder: string
  /** Campus or a part of it, as one process, by default with databases of its own. */
  start: (parts: readonly string[], environment?: Environment) => Promise<System>
  /** The environment of such a process. */
  environmentFor: (more?: Environment) => Environment
  /** Registers a cleanup; they run in reverse order. */
  keep: (end: () => Promise<unknown>) => void
}

export type Environment = Record<string, string>

// In the checkout, as the temporary folder may be in memory, where a sync is free.
const cache = new URL('../../node_modules/.cache/subject', import.meta.url).pathname

/** Runs with a fresh subject, and removes it afterwards. */
export async function withSubject<T>(work: (subject: Subject) => Promise<T>): Promise<T> {
  await using ends = new AsyncDisposableStack()
  await mkdir(cache, { recursive: true })
  const folder = await mkdtemp(`${cache}/run-`)
  const clear = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', clear) // for Ctrl-C, which skips the cleanup below
  ends.defer(() => {
    process.off('exit', clear)
    clear()
  })
  let count = 0
  const environmentFor = (more: Environment = {}): Environment => ({
    ...productionEnvironment,
    LOG_FORMAT: 'json',
    DATABASE_URL: `sqlite:${folder}/${count++}-{service}.sqlite`,
    BLOB_URL: `file:${folder}/blobs`,
    ...more,
  })
  return await work({
    folder,
    environmentFor,
    start: async (parts, environment) => {
      const system = await startSystem({ parts, environment: environmentFor(environment) })
      ends.defer(() => system.kill())
      return system
    },
    keep: (end) => void ends.defer(async () => void (await end())),
  })
}
