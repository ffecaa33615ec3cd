import { describeError } from '../describe-error.ts'
import type { Log } from './log.ts'

interface Task {
  seconds: number
  name: string
  /** Runs it, unless it is running. */
  run: () => Promise<void>
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
  /** Runs what has this name, to its end; a run that began before does not count. */
  runNow: (name: string) => Promise<void>
  stop: () => void
  /** Fires at `stop`. */
  stopping: AbortSignal
}

/** The background tasks of a process. */
export function createSchedule(log: Log, failed: (task: string) => void): Schedule {
  const tasks: Task[] = []
  const stopping = new AbortController()

  function onError(task: string, error: unknown, isNew: boolean) {
    // While stopping, databases close under a running task.
    if (stopping.signal.aborted) return
    failed(task)
    if (isNew) log.error('task failed', { task, ...describeError(error) })
  }

  return {
    every: (seconds, name, run) => tasks.push({ seconds, name, run: inTurn(name, run, onError) }),
    start: () => {
      if (stopping.signal.aborted) return
      for (const { seconds, run } of tasks) {
        const timer = setInterval(run, seconds * 1000)
        stopping.signal.addEventListener('abort', () => clearInterval(timer))
      }
    },
    runNow: async (name) => {
      const named = tasks.filter((task) => task.name === name)
      if (named.length === 0) throw new Error(`There is no task "${name}".`)
      await Promise.all(named.map(({ run }) => run().then(run)))
    },
    stop: () => stopping.abort(),
    stopping: stopping.signal,
  }
}

function inTurn(
  name: string,
  run: () => Promise<boolean | void>,
  onError: (name: string, error: unknown, isNew: boolean) => void,
): Task['run'] {
  let isFailing = false
  let running: Promise<void> | undefined
  const runOnce = async () => {
    try {
      if ((await run()) !== false) isFailing = false
    } catch (error) {
      onError(name, error, !isFailing)
      isFailing = true
    }
  }
  return () => (running ??= runOnce().finally(() => (running = undefined)))
}
