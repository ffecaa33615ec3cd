import type { Database } from 'bun:sqlite'
import { openConnection, type Binding } from './sqlite-connection.ts'
import type { Response } from './sqlite-worker.ts'

// A thread for queries that read many rows, so that neither the serving nor the writing thread
// waits for them.

export interface Opening {
  file: string
  port: MessagePort
}

export type ReadRequest = { text: string; params: Binding[]; as: 'arrays' | 'objects' } | 'close'

// KiB, which SQLite expects as a negative number. A scan reads each page once; the kernel caches
// the file.
const cacheSize = -4096

addEventListener('message', ({ data: { file, port } }: MessageEvent<Opening>) => {
  let database: Database | undefined
  port.addEventListener('message', ({ data }) => {
    const request = data as ReadRequest
    try {
      database ??= open(file)
      port.postMessage({ value: run(database, request) } satisfies Response)
    } catch (error) {
      const { message, code } = error as Error & { code?: unknown }
      port.postMessage({ error: { message, code } } satisfies Response)
    }
  })
  port.start()
})

function open(file: string): Database {
  const database = openConnection(file, { readonly: true })
  database.run(`PRAGMA cache_size = ${cacheSize}`)
  return database
}

function run(database: Database, request: ReadRequest): unknown {
  if (request === 'close') return database.close(true)
  const { text, params, as } = request
  const statement = database.query<unknown, Binding[]>(text)
  return as === 'arrays' ? statement.values(...params) : statement.all(...params)
}
