import { readFileSync } from 'node:fs'
import { setPriority } from 'node:os'
import { commandOf } from '../../../shared/program.ts'
import {
  textMax,
  type Greeting,
  type Language,
  type Limits,
  type Outcome,
  type Task,
} from './protocol.ts'

/** A process that waits for its one task. */
export interface JudgeChild {
  /** Undefined: closed in. Else why not. Rejects when it could not be started. */
  open: Promise<string | undefined>
  /** Hands it its task; the process is gone when this answers. */
  run: (task: AnswerTask) => Promise<Run>
  kill: () => void
  /** False when it ended while it waited. */
  isAlive: () => boolean
}

/** What the calls came to, one after the other. */
export interface Run extends Partial<Stop> {
  outcomes: Outcome[]
}

interface Stop {
  /** Why the next call got no outcome. Another run may get one. */
  stopped: string
}

type AnswerTask = Pick<Task, 'code' | 'entry' | 'calls'>

// Here, and nowhere else, is what a child is started with: no environment of ours, no .env file,
// no folder.
const command = (language: Language) => [...commandOf('services/courses/judge/child.ts'), language]

// A machine that is this slow to start a process has no time for it either.
const startMax_ms = 10_000

// How long a call may wait for a core beside the time that it may use one.
const patience_ms = 1000
// Requests come first: a core that both want is theirs.
const background = 10

/** Starts a process that loads an engine and then gives up what it could do harm with. */
export function startChild(language: Language, limits: Limits): JudgeChild {
  const child = Bun.spawn(command(language), {
    cwd: '/',
    env: { TZ: 'UTC' },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  setPriority(child.pid, background)
  const kill = () => child.kill('SIGKILL')
  const lines = readLines(child.stdout)
  const greeting = within(startMax_ms, lines.next()).then((first) => {
    if (!first?.value) throw new Error(`The judge's process for ${language} did not begin`)
    return JSON.parse(first.value) as Greeting
  })
  greeting.catch(kill)

  /** Waits for the outcome of one call, as long as the call has not used up its time. */
  async function readOutcome(nonce: string, end: number): Promise<Outcome | Stop> {
    const used_ms = createCpuClock(child.pid)
    const endOfCall = performance.now() + limits.cpuMax_ms + patience_ms
    const line = lines.next()
    for (let wait_ms = limits.cpuMax_ms; wait_ms > 0; wait_ms = limits.cpuMax_ms - used_ms()) {
      const left_ms = Math.min(end, endOfCall) - performance.now()
      if (left_ms <= 0) break
      const read = await within(Math.min(wait_ms, left_ms), line)
      if (read) return parseOutcome(read.value, nonce) ?? { stopped: ended }
    }
    const isAllUsed = performance.now() >= end
    return {
      stopped: isAllUsed ? outOfAllTime(limits.submissionMax_ms) : outOfTime(limits.cpuMax_ms),
    }
  }

  async function run(given: AnswerTask): Promise<Run> {
    const nonce = crypto.randomUUID()
    const end = performance.now() + limits.submissionMax_ms
    const outcomes: Outcome[] = []
    try {
      await greeting
      child.stdin.write(`${JSON.stringify({ nonce, ...given } satisfies Task)}\n`)
      await child.stdin.flush()
      while (outcomes.length < given.calls.length) {
        const outcome = await readOutcome(nonce, end)
        if ('stopped' in outcome) return { outcomes, ...outcome }
        outcomes.push(outcome)
      }
      return { outcomes }
    } finally {
      kill()
      await child.exited
    }
  }

  return {
    open: greeting.then(({ open }) => open),
    run,
    kill,
    isAlive: () => child.exitCode === null && child.signalCode === null,
  }
}

const outOfTime = (max_ms: number) => `time limit: a test may take ${max_ms / 1000} s`
const outOfAllTime = (max_ms: number) => `time limit: all tests may take ${max_ms / 1000} s`
const ended = 'the answer ended the process that ran it'

function parseOutcome(line: string | undefined, nonce: string): Outcome | undefined {
  if (!line?.startsWith(nonce)) return undefined
  try {
    return JSON.parse(line.slice(nonce.length)) as Outcome
  } catch {
    return undefined
  }
}

// proc_pid_stat(5): fields 14 and 15 are its processor time, in hundredths of a second.
const tick_ms = 10

/**
 * Processor time of a process since now, in milliseconds. What a busy machine takes is not the
 * answer's fault; where the system does not tell, all time counts.
 */
function createCpuClock(pid: number): () => number {
  const read = () => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [user, system] = stat.slice(stat.lastIndexOf(')')).split(' ').slice(12)
    return (Number(user) + Number(system)) * tick_ms
  }
  try {
    const start = read()
    return () => read() - start
  } catch {
    return () => Infinity
  }
}

/** @returns undefined when it takes longer */
async function within<T>(max_ms: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const timeOut = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), max_ms)
  })
  return Promise.race([promise, timeOut]).finally(() => clearTimeout(timer))
}

// What a call printed and returned, each character escaped at its longest: \\u0000.
const lineMax = 2 * 6 * textMax + 4096

/** Lines of a child that may say anything: one that is too long ends it. */
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
