import { rmSync } from 'node:fs'
import { mkdir, mkdtemp } from 'node:fs/promises'
import { campaignEnvironment } from '../harness/administrator.ts'
import { startSystem } from '../harness/run-system.ts'
import { startPeer, type Peer } from './peer.ts'

/** What one row needs: a folder, and processes, all gone when the row is measured. */
export interface Bench {
  folder: string
  /** Campus or a part of it, as one process. */
  start: (
    parts: ['users', 'inventory' | 'files'] | ['gateway'] | [],
    environment?: Environment,
  ) => Promise<Subject>
  /** A script of this folder, as a process that answers HTTP. */
  startScript: (
    name: 'without-database' | 'without-access' | 'echo' | 'plain-files' | 'collector',
    environment?: Environment,
  ) => Promise<Peer>
  /** Ends something when the row is measured; the last first. */
  keep: (end: () => Promise<unknown>) => void
}

export interface Subject {
  url: string
  pid: number
}

export type Environment = Record<string, string>

// Beside the checkout, as a temporary folder may be in memory, where a sync to the disk is free.
const cache = new URL('../../node_modules/.cache/bench', import.meta.url).pathname

/** Measures with a bench of its own. */
export async function withBench<T>(measure: (bench: Bench) => Promise<T>): Promise<T> {
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
    ...campaignEnvironment,
    NODE_ENV: 'production',
    SAMPLE_DATA: 'false',
    LOG_LEVEL: 'warn',
    LOG_FORMAT: 'json',
    // Each process has a database of its own.
    DATABASE_URL: `sqlite:${folder}/${count++}-{service}.sqlite`,
    BLOB_URL: `file:${folder}/blobs`,
    ...more,
  })
  return await measure({
    folder,
    start: async (parts, environment) => {
      const system = await startSystem({ parts, environment: environmentFor(environment) })
      ends.defer(() => system.kill())
      return { url: system.url, pid: system.pids[0] ?? 0 }
    },
    startScript: async (name, environment) => {
      const command = [process.execPath, `${import.meta.dir}/${name}.ts`]
      const peer = await startPeer({ command, environment: environmentFor(environment) })
      ends.defer(() => peer.stop())
      return peer
    },
    keep: (end) => void ends.defer(async () => void (await end())),
  })
}
