import { threadPath } from './thread-path.ts'
import { MessageChannel } from 'node:worker_threads'
import type { Opening, ReadRequest } from './sqlite-reader-worker.ts'
import { endedError, watched, type OnEnd } from './sqlite-thread.ts'
import type { Response } from './sqlite-worker.ts'
import { createTurns, type TakeTurn } from './turns.ts'

/** The reading thread of a process, one for all SQLite files; started by the first scan. */
export interface ReaderThread {
  worker: () => Worker
  takeTurn: TakeTurn
  stop: () => void
}

export interface ScanReader {
  /** Runs one query on the thread when it is the user's turn. */
  ask: (whose: string, request: Exclude<ReadRequest, 'close'>) => Promise<unknown[]>
  stop: () => Promise<void>
}

export function createReaderThread(onEnd: OnEnd): ReaderThread {
  let worker: Worker | undefined
  return {
    worker: () => (worker ??= watched(new Worker(threadPath('sqlite-reader-worker')), onEnd)),
    takeTurn: createTurns(1),
    stop: () => worker?.terminate(),
  }
}

/** Reads a SQLite file on that thread; opens it there with the first scan. */
export function createScanReader(thread: ReaderThread, file: string): ScanReader {
  let send: ReturnType<typeof connect> | undefined
  return {
    ask: (whose, request) =>
      thread.takeTurn(whose, () => {
        send ??= connect(thread.worker(), file)
        return send(request) as Promise<unknown[]>
      }),
    stop: async () => {
      const asked = send
      if (asked) await thread.takeTurn('the end', () => asked('close'))
    },
  }
}

// One query at a time, as each waits for its turn.
function connect(worker: Worker, file: string) {
  const { port1: port, port2: theirs } = new MessageChannel()
  worker.postMessage({ file, port: theirs } satisfies Opening, { transfer: [theirs] })
  let answer = Promise.withResolvers<unknown>()
  port.on('message', (response: Response) => {
    if ('value' in response) answer.resolve(response.value)
    else answer.reject(Object.assign(new Error(response.error.message), response.error))
  })
  const ended = new Promise<never>((_, reject) => {
    worker.addEventListener('error', (event) => reject(endedError(event)))
  })
  ended.catch(() => {}) // every scan meets it, and reports it
  return async (request: ReadRequest) => {
    answer = Promise.withResolvers()
    port.postMessage(request)
    const value = await Promise.race([answer.promise, ended])
    if (request === 'close') port.close()
    return value
  }
}
