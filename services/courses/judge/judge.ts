import { availableParallelism } from 'node:os'
import type { Log } from '../../../shared/host/log.ts'
import { unavailable, type ProblemError } from '../../../shared/problem.ts'
import { InterruptedError, startChild, type JudgeChild, type Run } from './child-process.ts'
import { limits as usualLimits, type Language, type Limits, type Sandbox } from './protocol.ts'
import { createQueue, type Turn, type QueueLimits } from './queue.ts'
import { toResults, toRunOrder, type Test, type TestResult } from './verdict.ts'
import { minute_ms } from '../../../shared/duration.ts'

/** Part of the key of a verdict. Increase it when a submission may be judged differently. */
export const judgeVersion = 2

export interface Submission {
  language: Language
  code: string
  /** The name of the function to call. */
  entry: string
  tests: Test[]
}

export interface Verdict {
  /** One for each test, in order. */
  results: TestResult[]
  /** False when it depended on time: then the same submission may be judged again. */
  repeatable: boolean
}

/** The interface of the judge, which may run on another machine. */
export interface Judge {
  /**
   * Runs a submission against tests, when it is the member's turn.
   * @throws 429 when the turn does not come in time, 503 when the language cannot be run safely
   *   here, or when the process was killed from outside twice
   */
  judge: (submission: Submission, turn: Turn) => Promise<Verdict>
  state: () => JudgeState
  close: () => void
}

export interface JudgeState {
  /** The sandbox of the processes; unknown until the first one has started. */
  sandbox: 'seccomp' | 'none' | 'unknown'
  /** Why there is none. */
  reason: string | null
  concurrency: number
  running: number
  waiting: number
}

const turnLimits: QueueLimits = {
  // One core is left for requests.
  runningMax: Math.max(1, availableParallelism() - 1),
  waitingMax: 100,
  memberWaitingMax: 3,
  // Together with the longest submission, less than the ten seconds a request may take.
  waitMax_ms: 3000,
  // A third of a core: ten endless loops a minute, or more submissions than anyone writes.
  budget_ms: 20_000,
}
// A prepared process saves its start, and costs 50 MB until it is used or expires.
const spareMax_ms = minute_ms

export function createJudge(
  log: Log,
  limits: Limits = usualLimits,
  turnChanges: Partial<QueueLimits> = {},
): Judge {
  const spares = new Map<Language, { child: JudgeChild; timer: ReturnType<typeof setTimeout> }>()
  const { runningMax, waitMax_ms, ...others } = { ...turnLimits, ...turnChanges }
  const queue = createQueue({ runningMax, waitMax_ms, ...others })
  let sandbox: Pick<JudgeState, 'sandbox' | 'reason'> = { sandbox: 'unknown', reason: null }
  let closed = false

  function take(language: Language): JudgeChild {
    const spare = spares.get(language)
    if (spare) {
      clearTimeout(spare.timer)
      spares.delete(language)
      if (spare.child.isAlive()) return spare.child
    }
    try {
      return startChild(language, limits)
    } catch (error) {
      return rejectWithoutProcess(error)
    }
  }

  // The next one loads while this one runs. If it cannot start now, it is tried again when needed.
  function prepare(language: Language): void {
    if (closed || spares.has(language)) return
    let child: JudgeChild
    try {
      child = take(language)
    } catch {
      return
    }
    const drop = () => {
      if (spares.get(language)?.child !== child) return
      child.kill()
      spares.delete(language)
    }
    const timer = setTimeout(drop, spareMax_ms)
    timer.unref()
    spares.set(language, { child, timer })
    child.sandbox.catch(drop)
  }

  /** @throws 503 when the language is not run without a sandbox, and there is none */
  function requireSandbox(language: Language, found: Sandbox): void {
    const kind = found.ok ? 'seccomp' : 'none'
    if (sandbox.sandbox !== kind) {
      sandbox = { sandbox: kind, reason: found.ok ? null : found.reason }
      if (found.ok) log.info('judge: processes are sandboxed by seccomp')
      else log.warn('judge: no sandbox, so Python is refused', { reason: found.reason })
    }
    // QuickJS has no access by construction; the Python interpreter is not trusted to that extent.
    if (found.ok || language !== 'python') return
    const detail = `Python is not run here without a sandbox: ${found.reason}.`
    throw unavailable('sandbox_missing', detail)
  }

  async function run({ language, code, entry, tests }: Submission, order: number[]): Promise<Run> {
    const child = take(language)
    try {
      requireSandbox(language, await child.sandbox)
      prepare(language)
      return await child.run({ code, entry, calls: order.map((at) => tests[at]?.args ?? []) })
    } finally {
      child.kill()
    }
  }

  /** Retried once if it was ended from outside and there is time: that is not a verdict. */
  async function runUntilDone(submission: Submission, order: number[], end: number): Promise<Run> {
    try {
      return await run(submission, order)
    } catch (error) {
      if (!(error instanceof InterruptedError)) throw error
      log.warn('judge: a process was ended from outside', { signal: error.signal })
      if (performance.now() > end) throw interrupted(error)
    }
    return run(submission, order).catch((error: unknown) => {
      throw error instanceof InterruptedError ? interrupted(error) : error
    })
  }

  return {
    judge: async (submission, turn) => {
      const end = performance.now() + waitMax_ms
      const leave = await queue.enter(turn)
      const begin = performance.now()
      const { tests } = submission
      const order = toRunOrder(tests)
      let pause_ms = 0
      try {
        const done = await runUntilDone(submission, order, end)
        const verdict = {
          results: toResults(tests, order, done),
          repeatable: done.stopped === undefined,
        }
        const isTelling = !turn.privileged && tests.some(({ hidden }) => hidden)
        if (isTelling) pause_ms = toPause(performance.now() - begin)
        return verdict
      } finally {
        leave(pause_ms)
        if (pause_ms > 0) await Bun.sleep(pause_ms)
      }
    },
    state: () => ({ ...sandbox, concurrency: runningMax, ...queue.state() }),
    close: () => {
      closed = true
      for (const { child, timer } of spares.values()) {
        clearTimeout(timer)
        child.kill()
      }
      spares.clear()
      queue.close()
    },
  }
}

// A hidden test could leak its arguments by its duration, so such responses are delayed to 0.1,
// 0.2, 0.4 … 6.4 s, which reveals hardly more than the verdict.
const pauseMin_ms = 100
const pauseMax_ms = 6400

function toPause(used_ms: number): number {
  let step_ms = pauseMin_ms
  while (step_ms < used_ms) step_ms *= 2
  return step_ms > pauseMax_ms ? 0 : step_ms - used_ms
}

function rejectWithoutProcess(cause: unknown): never {
  throw unavailable(
    'judge_unavailable',
    'No process could be started to judge it. Please retry.',
    cause,
  )
}

function interrupted(cause: InterruptedError): ProblemError {
  const detail = 'The judge was interrupted. No attempt was used; please retry.'
  return unavailable('judge_interrupted', detail, cause)
}
