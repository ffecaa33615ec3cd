import { threadPath } from './thread-path.ts'
import { MessageChannel } from 'node:worker_threads'
import { endedError, watched, type OnEnd } from './sqlite-thread.ts'
import type { Request, Response, WriterTasks } from './sqlite-worker.ts'

export interface Writer {
  /** Sends a task to the writing thread; tasks run in order. */
  ask: <Name extends keyof WriterTasks>(
    name: Name,
    ...args: Parameters<WriterTasks[Name]>
  ) => Promise<ReturnType<WriterTasks[Name]>>
  stop: () => Promise<void>
}

interface Waiting {
  resolve: (value: never) => void
  reject: (error: unknown) => void
}

/** Starts a thread that can open any number of SQLite files. */
export function startThread(onEnd: OnEnd): Worker {
  return watched(new Worker(threadPath('sqlite-worker')), onEnd)
}

/** Opens a SQLite file for writing on such a thread. */
export async function openWriter(worker: Worker, file: string): Promise<Writer> {
  const { port1: port, port2: theirs } = new MessageChannel()
  worker.postMessage(theirs, { transfer: [theirs] })
  // Responses arrive in the order of the tasks.
  const waiting: Waiting[] = []
  port.on('message', (responses: Response[]) => {
    for (const response of responses) settle(waiting.shift(), response)
  })
  let ended: Error | undefined
  worker.addEventListener('error', (event) => {
    ended = endedError(event)
    for (const { reject } of waiting.splice(0)) reject(ended)
  })

  const ask: Writer['ask'] = (name, ...args) =>
    new Promise((resolve, reject) => {
      if (ended) return reject(ended)
      waiting.push({ resolve, reject })
      port.postMessage({ name, args } satisfies Request)
    })

  await ask('open', file)
  return {
    ask,
    stop: async () => {
      await ask('close')
      port.close()
    },
  }
}

function settle(waiting: Waiting | undefined, response: Response): void {
  if ('value' in response) waiting?.resolve(response.value as never)
  else waiting?.reject(Object.assign(new Error(response.error.message), response.error))
}
