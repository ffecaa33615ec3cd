import { join } from 'node:path'
import {
  textMax,
  type Greeting,
  type Language,
  type Limits,
  type Outcome,
  type Task,
} from './protocol.ts'
import { outOfTime } from './runner.ts'

/** A process that waits for its one task. */
export interface JudgeChild {
  /** Undefined: closed in. Else why not. Rejects when it could not be started. */
  open: Promise<string | undefined>
  /**
   * Hands it its task; the process is gone when this answers.
   * @returns what each call came to, as far as it got: the last one may be the end of the process
   */
  run: (task: AnswerTask) => Promise<Outcome[]>
  kill: () => void
}

type AnswerTask = Pick<Task, 'code' | 'entry' | 'calls'>

// Here, and nowhere else, is what a child is started with: no environment of ours, no .env file,
// no folder.
const childFile = join(import.meta.dir, 'child.ts')
const command = (language: Language) => [process.execPath, '--no-env-file', childFile, language]

// A machine that is this slow to start a process has no time for it either.
const startMax_ms = 10_000

/** Starts a process that loads an engine and then gives up what it could do harm with. */
export function startChild(language: Language, limits: Limits): JudgeChild {
  const child = Bun.spawn(command(language), {
    cwd: '/',
    env: { TZ: 'UTC' },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const kill = () => child.kill('SIGKILL')
  const lines = readLines(child.stdout)
  const greeting = within(startMax_ms, lines.next()).then(({ value }) => {
    if (!value) throw new Error(`The judge's process for ${language} ended before it began`)
    return JSON.parse(value) as Greeting
  })
  greeting.catch(kill)

  async function run(given: AnswerTask): Promise<Outcome[]> {
    const { cpuMax_ms, wallMax_ms, submissionMax_ms } = limits
    const task: Task = { nonce: crypto.randomUUID(), cpuMax_ms, ...given }
    const end = performance.now() + submissionMax_ms
    const outcomes: Outcome[] = []
    try {
      await greeting
      child.stdin.write(`${JSON.stringify(task)}\n`)
      await child.stdin.flush()
      while (outcomes.length < task.calls.length) {
        const left_ms = Math.min(wallMax_ms, end - performance.now())
        const { value: line } = await within(left_ms, lines.next())
        const outcome = line?.startsWith(task.nonce)
          ? readOutcome(line.slice(task.nonce.length))
          : ended
        outcomes.push(outcome)
        if (outcome.stopped || outcome === ended) break
      }
    } catch (error) {
      if (!(error instanceof OutOfTimeError)) throw error
      outcomes.push({ error: { message: outOfTime(cpuMax_ms) }, stopped: true, output: '' })
    } finally {
      kill()
      await child.exited
    }
    return outcomes
  }

  return { open: greeting.then(({ open }) => open), run, kill }
}

// The engine took the whole process with it; another run may not.
const ended: Outcome = {
  error: { message: 'the program ended the process that ran it' },
  stopped: true,
  output: '',
}

function readOutcome(line: string): Outcome {
  try {
    return JSON.parse(line) as Outcome
  } catch {
    return ended
  }
}

class OutOfTimeError extends Error {}

async function within<T>(max_ms: number, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const timeOut = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new OutOfTimeError()), max_ms)
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
