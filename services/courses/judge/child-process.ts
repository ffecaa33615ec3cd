import { setPriority } from 'node:os'
import { withDeadline } from '../../../shared/deadline.ts'
import { commandOf } from '../../../shared/program.ts'
import { createCpuClock } from './cpu-clock.ts'
import {
  textMax,
  type Greeting,
  type Language,
  type Limits,
  type Outcome,
  type Sandbox,
  type Task,
} from './protocol.ts'

/** A process that waits for its single task. */
export interface JudgeChild {
  /** @throws InterruptedError when it did not start */
  sandbox: Promise<Sandbox>
  /**
   * Sends the task; the process has ended when this resolves.
   * @throws InterruptedError when neither the submission nor a limit ended it
   */
  run: (task: AnswerTask) => Promise<Run>
  kill: () => void
  /** False once it has ended while waiting. */
  isAlive: () => boolean
}

/** The outcomes of the calls, in order. */
export interface Run extends Partial<Stop> {
  outcomes: Outcome[]
}

/** The process was ended from outside: by an operator, or by the kernel when out of memory. */
export class InterruptedError extends Error {
  /** The signal that ended it, once it has ended. */
  readonly signal: string | number | null

  constructor(message: string, signal: string | number | null, cause?: unknown) {
    super(message, { cause })
    this.name = 'InterruptedError'
    this.signal = signal
  }
}

interface Stop {
  /** Why the next call has no outcome; another run may have one. */
  stopped: string
}

interface Clock {
  /** When the time of all tests together is used up. */
  end: number
  used_ms: () => number
}

type AnswerTask = Pick<Task, 'code' | 'entry' | 'calls'>

// Everything a child is started with: no environment of ours, no .env file, no folder.
const command = (language: Language) => [...commandOf('services/courses/judge/child.ts'), language]

// A machine that is slower than this could not run it either.
const startMax_ms = 10_000

// Low priority, so that requests come first.
const background = 10

/**
 * Starts a process that loads an engine and then enters the sandbox.
 * @param program what runs in it
 */
export function startChild(
  language: Language,
  limits: Limits,
  program = command(language),
): JudgeChild {
  const child = Bun.spawn(program, {
    cwd: '/',
    env: { TZ: 'UTC' },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  setPriority(child.pid, background)
  const kill = () => child.kill('SIGKILL')
  const isAlive = () => child.exitCode === null && child.signalCode === null
  const lines = readLines(child.stdout)
  const interrupt = (message: string, cause?: unknown) =>
    new InterruptedError(message, child.signalCode, cause)
  const greeting = withDeadline(lines.next(), startMax_ms, () => undefined).then((first) => {
    if (!first?.value) throw interrupt(`The judge's process for ${language} did not begin`)
    return JSON.parse(first.value) as Greeting
  })
  greeting.catch(kill)

  /**
   * Waits for the outcome of a call until the call's time is used up.
   * @throws InterruptedError when the process got no processor time
   */
  async function readOutcome(nonce: string, total: Clock): Promise<Outcome | Stop> {
    const used_ms = createCpuClock(child.pid)
    const line = lines.next()
    for (let left_ms = limits.cpuMax_ms; left_ms > 0; left_ms = limits.cpuMax_ms - used_ms()) {
      const all_ms = total.end - performance.now()
      if (all_ms <= 0) return readStarvation(total)
      const read = await withDeadline(line, Math.min(left_ms, all_ms), () => undefined)
      if (read) return parseOutcome(read.value, nonce) ?? (await readEnd())
    }
    return { stopped: `time limit: a test may take ${limits.cpuMax_ms / 1000} s` }
  }

  // A process that got less than half a core, or was stopped, is not at fault for being slow.
  function readStarvation({ used_ms }: Clock): Stop {
    if (used_ms() < limits.submissionMax_ms / 2) throw interrupt('The judging got no time')
    return { stopped: `time limit: all tests may take ${limits.submissionMax_ms / 1000} s` }
  }

  /** @throws InterruptedError */
  async function readEnd(): Promise<Stop> {
    await withDeadline(child.exited, endMax_ms, () => undefined)
    const { signalCode } = child
    if (!signalCode || ownSignals.has(signalCode)) return { stopped: ended }
    throw interrupt('The judging was ended from outside')
  }

  async function run(given: AnswerTask): Promise<Run> {
    const nonce = crypto.randomUUID()
    const end = performance.now() + limits.submissionMax_ms
    const total = { end, used_ms: createCpuClock(child.pid) }
    const outcomes: Outcome[] = []
    try {
      await greeting
      await send({ nonce, ...given })
      while (outcomes.length < given.calls.length) {
        const outcome = await readOutcome(nonce, total)
        if ('stopped' in outcome) return { outcomes, ...outcome }
        outcomes.push(outcome)
      }
      return { outcomes }
    } finally {
      kill()
      await child.exited
    }
  }

  // Before the code was read, it cannot have ended the process.
  async function send(task: Task): Promise<void> {
    if (!isAlive()) throw interrupt('The process ended before its task')
    try {
      child.stdin.write(`${JSON.stringify(task)}\n`)
      await child.stdin.flush()
    } catch (error) {
      throw interrupt('The task did not arrive', error)
    }
  }

  return {
    sandbox: greeting.then(({ sandbox }) => sandbox),
    run,
    kill,
    isAlive,
  }
}

const ended = 'the answer ended the process that ran it'

// Signals caused by the process itself: a crash, a forbidden system call, its processor time limit.
// All others come from outside.
const ownSignals = new Set<string | number>([
  'SIGABRT',
  'SIGBUS',
  'SIGFPE',
  'SIGILL',
  'SIGSEGV',
  'SIGSYS',
  'SIGTRAP',
  'SIGXCPU',
])
// One that only closed its output, or wrote too much, does not end by itself.
const endMax_ms = 200

function parseOutcome(line: string | undefined, nonce: string): Outcome | undefined {
  if (!line?.startsWith(nonce)) return undefined
  try {
    return JSON.parse(line.slice(nonce.length)) as Outcome
  } catch {
    return undefined
  }
}

// The output and value of a call, each character at its longest escape: \\u0000.
const lineMax = 2 * 6 * textMax + 4096

/** Reads lines of an untrusted child: one that is too long ends it. */
async function* readLines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, undefined> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = parts.pop() ?? ''
    yield* parts
    if (rest.length > lineMax) return
  }
}
