import { describeError } from '../describe-error.ts'
import type { Log } from './log.ts'

interface Task {
  seconds: number
  name: string
  run: () => Promise<boolean | void>
}

export interface Schedule {
  /**
   * Adds a task that runs again and again between `start` and `stop`. Each failure is counted; the
   * first one since it succeeded is logged. False is no success: there was nothing to do.
   */
  every: (seconds: number, name: string, run: () => Promise<boolean | void>) => void
  start: () => void
  stop: () => void
  /** Fires at `stop`. */
  stopping: AbortSignal
}

/** What a process does by itself, beside answering. */
export function createSchedule(log: Log, failed: (task: string) => void): Schedule {
  const tasks: Task[] = []
  const stopping = new AbortController()

  function onError({ name }: Task, error: unknown, isNew: boolean) {
    // At the end databases close under a task.
    if (stopping.signal.aborted) return
    failed(name)
    if (isNew) log.error('task failed', { task: name, ...describeError(error) })
  }

  return {
    every: (seconds, name, run) => tasks.push({ seconds, name, run }),
    start: () => tasks.forEach((task) => startTask(task, onError, stopping.signal)),
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
