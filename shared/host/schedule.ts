import { describeError } from '../describe-error.ts'
import type { Log } from './log.ts'

interface Task {
  seconds: number
  name: string
  run: () => Promise<boolean | void>
}

export interface Schedule {
  /**
   * Adds a task that runs periodically between `start` and `stop`. Each failure is counted; the
   * first one after a success is logged. False means that there was nothing to do, and is no
   * success.
   */
  every: (seconds: number, name: string, run: () => Promise<boolean | void>) => void
  /** Does nothing after `stop`. */
  start: () => void
  stop: () => void
  /** Fires at `stop`. */
  stopping: AbortSignal
}

/** The background tasks of a process. */
export function createSchedule(log: Log, failed: (task: string) => void): Schedule {
  const tasks: Task[] = []
  const stopping = new AbortController()

  function onError({ name }: Task, error: unknown, isNew: boolean) {
    // While stopping, databases close under a running task.
    if (stopping.signal.aborted) return
    failed(name)
    if (isNew) log.error('task failed', { task: name, ...describeError(error) })
  }

  return {
    every: (seconds, name, run) => tasks.push({ seconds, name, run }),
    start: () => {
      if (stopping.signal.aborted) return
      for (const task of tasks) startTask(task, onError, stopping.signal)
    },
    stop: () => stopping.abort(),
    stopping: stopping.signal,
  }
}

function startTask(
  task: Task,
  onError: (task: Task, error: unknown, isNew: boolean) => void,
  stopping: AbortSignal,
): void {
  let isFailing = false
  let isRunning = false
  const timer = setInterval(async () => {
    if (isRunning) return
    isRunning = true
    try {
      if ((await task.run()) !== false) isFailing = false
    } catch (error) {
      onError(task, error, !isFailing)
      isFailing = true
    }
    isRunning = false
  }, task.seconds * 1000)
  stopping.addEventListener('abort', () => clearInterval(timer))
}
