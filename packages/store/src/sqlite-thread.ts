/** Called when a thread ended by a fault: nothing does its work until the process starts anew. */
export type OnEnd = (error: Error) => void

/** Reports the end of a thread. */
export function watched(worker: Worker, onEnd: OnEnd): Worker {
  worker.addEventListener('error', (event) => onEnd(endedError(event)))
  return worker
}

/** An error that counts as a lost connection to the database. */
export function endedError({ message }: ErrorEvent): Error {
  return Object.assign(new Error(`A thread of SQLite ended: ${message}`), { code: 'EPIPE' })
}
