import { availableParallelism } from 'node:os'
import type { Log } from '../../../shared/log.ts'
import { ProblemError, unavailable } from '../../../shared/problem.ts'
import { startChild, type JudgeChild } from './child-process.ts'
import { isEqual } from './equal.ts'
import { limits as usualLimits, textMax, type Language, type Outcome } from './protocol.ts'

/** Part of what names a verdict. Raise it when the same answer may be judged differently. */
export const judgeVersion = 1

export interface Submission {
  language: Language
  code: string
  /** The name of the function to call. */
  entry: string
  tests: { args: unknown[]; expected: unknown }[]
}

export interface TestResult {
  status: 'pass' | 'fail' | 'error'
  /** For people: expected and got, or the error and its line. Empty when passed. */
  message: string
  /** What the test printed; of all tests together at most 64 KB. */
  output: string
}

export interface Verdict {
  /** One for each test, in their order. */
  results: TestResult[]
  /** False when the clock had a say in it: then the same answer may be judged again. */
  repeatable: boolean
}

/** The whole of it: everything behind this may move to another machine. */
export interface Judge {
  /**
   * Runs an answer against tests.
   * @throws 429 when too many wait, 503 when the language cannot be run safely here
   */
  judge: (submission: Submission) => Promise<Verdict>
  state: () => JudgeState
  close: () => void
}

export interface JudgeState {
  /** How the processes are closed in; unknown until the first one was started. */
  sandbox: 'seccomp' | 'none' | 'unknown'
  /** Why there is none. */
  reason: string | null
  concurrency: number
  running: number
  waiting: number
}

// One core stays free for requests.
const concurrency = Math.max(1, availableParallelism() - 1)
// As many as are judged while the last one is willing to wait.
const waitingMax = 100
// With the longest submission still less than the ten seconds a request may take.
const waitMax_ms = 3000
// A process that is ready saves its start, and costs 50 MB until it is used or this has passed.
const spareMax_ms = 60_000

interface Waiting {
  start: () => void
  refuse: (error: ProblemError) => void
  since: number
}

export function createJudge(log: Log, limits = usualLimits): Judge {
  const spares = new Map<Language, { child: JudgeChild; timer: ReturnType<typeof setTimeout> }>()
  const waiting: Waiting[] = []
  let running = 0
  let sandbox: Pick<JudgeState, 'sandbox' | 'reason'> = { sandbox: 'unknown', reason: null }
  let closed = false

  async function enter(): Promise<void> {
    if (running < concurrency) return void running++
    if (waiting.length >= waitingMax) throw queueFull()
    await new Promise<void>((start, refuse) =>
      waiting.push({ start, refuse, since: performance.now() }),
    )
  }

  function leave(): void {
    const now = performance.now()
    for (let next; (next = waiting.shift());) {
      if (now - next.since < waitMax_ms) return next.start() // it takes the place that is left
      next.refuse(queueFull())
    }
    running--
  }

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

  // The next one loads while this one runs. One that cannot start now will be tried when needed.
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
    child.open.catch(drop)
  }

  /** @throws 503 when the language needs a closed process and this one is open */
  function requireSandbox(language: Language, reason: string | undefined): void {
    const found = reason === undefined ? 'seccomp' : 'none'
    if (sandbox.sandbox !== found) {
      sandbox = { sandbox: found, reason: reason ?? null }
      if (reason === undefined) log.info('judge: processes are closed in by seccomp')
      else log.warn('judge: processes are not closed in, so Python is refused', { reason })
    }
    // QuickJS reaches nothing by construction; the interpreter of Python gets no benefit of doubt.
    if (reason === undefined || language !== 'python') return
    throw unavailable('sandbox_missing', `Python is not run here without a sandbox: ${reason}.`)
  }

  async function run(child: JudgeChild, submission: Submission): Promise<Verdict> {
    const { language, code, entry, tests } = submission
    requireSandbox(language, await child.open.catch(rejectWithoutProcess))
    prepare(language)
    const calls = tests.map(({ args }) => args)
    const { outcomes, stopped } = await child.run({ code, entry, calls })
    const results = tests.map(({ expected }, at) => {
      const outcome = outcomes[at]
      if (outcome) return toResult(outcome, expected)
      return toError(at === outcomes.length && stopped ? stopped : notRun)
    })
    return { results: limitOutput(results), repeatable: stopped === undefined }
  }

  return {
    judge: async (submission) => {
      await enter()
      try {
        const child = take(submission.language)
        return await run(child, submission).finally(child.kill)
      } finally {
        leave()
      }
    },
    state: () => ({ ...sandbox, concurrency, running, waiting: waiting.length }),
    close: () => {
      closed = true
      for (const { child, timer } of spares.values()) {
        clearTimeout(timer)
        child.kill()
      }
      spares.clear()
      for (const { refuse } of waiting.splice(0)) refuse(queueFull())
    },
  }
}

/** The first of what the tests printed, all of them together. */
function limitOutput(results: TestResult[]): TestResult[] {
  let room = textMax
  return results.map((result) => {
    const output = result.output.slice(0, room)
    room -= output.length
    return { ...result, output }
  })
}

const shownMax = 500

const notRun = 'not run: an earlier test ended the judging'

function toError(message: string, output = ''): TestResult {
  return { status: 'error', message, output }
}

function toResult(outcome: Outcome, expected: unknown): TestResult {
  const { error, returned = '', output } = outcome
  if (error) {
    const place = error.line === undefined ? '' : ` (line ${error.line})`
    return toError(error.message + place, output)
  }
  const value = readJson(returned)
  if (!value) return toError('it returned something that is not JSON', output)
  if (isEqual(value.json, expected)) return { status: 'pass', message: '', output }
  const wanted = show(JSON.stringify(expected))
  return { status: 'fail', message: `expected ${wanted}, got ${show(returned)}`, output }
}

// A value may be nested deeper than can be read.
function readJson(text: string): { json: unknown } | undefined {
  try {
    return { json: JSON.parse(text) as unknown }
  } catch {
    return undefined
  }
}

function show(json: string): string {
  return json.length <= shownMax ? json : `${json.slice(0, shownMax)}…`
}

function rejectWithoutProcess(cause: unknown): never {
  throw unavailable('judge_unavailable', 'No process could be started to judge it. Repeat.', cause)
}

function queueFull(): ProblemError {
  return new ProblemError({
    status: 429,
    code: 'judge_busy',
    detail: 'Too many submissions wait to be judged. Nothing was stored; submit again in a moment.',
    headers: { 'retry-after': '2' },
  })
}
