import { rmSync } from 'node:fs'
import { mkdir, mkdtemp } from 'node:fs/promises'
import { productionEnvironment } from './administrator.ts'
import { startSystem, type System } from './run-system.ts'

/** What a measurement or a campaign works on; all of it is gone at its end. */
export interface Subject {
  folder: string
  /** Campus or a part of it, as one process, with databases of its own unless it is told others. */
  start: (parts: readonly string[], environment?: Environment) => Promise<System>
  /** What such a process is told. */
  environmentFor: (more?: Environment) => Environment
  /** Ends something with the subject; the last first. */
  keep: (end: () => Promise<unknown>) => void
}

export type Environment = Record<string, string>

// Beside the checkout, as a temporary folder may be in memory, where a sync to the disk is free.
const cache = new URL('../../node_modules/.cache/subject', import.meta.url).pathname

/** Works on a subject of its own. */
export async function withSubject<T>(work: (subject: Subject) => Promise<T>): Promise<T> {
  await using ends = new AsyncDisposableStack()
  await mkdir(cache, { recursive: true })
  const folder = await mkdtemp(`${cache}/run-`)
  const clear = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', clear) // a Ctrl-C comes here, not to the ends below
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
