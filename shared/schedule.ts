import { describeError, type Log } from './log.ts'

interface Task {
  seconds: number
  name: string
  run: () => Promise<void>
}

export interface Schedule {
  /** Adds a task that runs again and again between `start` and `stop`. An error is logged once. */
  every: (seconds: number, name: string, run: () => Promise<void>) => void
  start: () => void
  stop: () => void
  /** Fires at `stop`. */
  stopping: AbortSignal
}

/** What a process does by itself, beside answering. */
export function createSchedule(log: Log): Schedule {
  const tasks: Task[] = []
  const stopping = new AbortController()
  return {
    every: (seconds, name, run) => tasks.push({ seconds, name, run }),
    start: () => tasks.forEach((task) => startTask(task, log, stopping.signal)),
    stop: () => stopping.abort(),
    stopping: stopping.signal,
  }
}

function startTask({ seconds, name, run }: Task, log: Log, stopping: AbortSignal): void {
  let isFailing = false
  let isRunning = false
  const timer = setInterval(async () => {
    if (isRunning) return
    isRunning = true
    try {
      await run()
      isFailing = false
    } catch (error) {
      // Once, not every two seconds of an outage; and at the end databases close under a task.
      if (!isFailing && !stopping.aborted)
        log.error('task failed', { task: name, ...describeError(error) })
      isFailing = true
    }
    isRunning = false
  }, seconds * 1000)
  stopping.addEventListener('abort', () => clearInterval(timer))
}
