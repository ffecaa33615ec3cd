import { messageMax, textMax, type Outcome } from './protocol.ts'

/** One call of the function that an answer defines. */
export interface Call {
  code: string
  entry: string
  /** A JSON array. */
  args: string
}

/** Runs submitted code in one language; loaded before the process is sandboxed. */
export interface Runner {
  /** Once for each submission, before its calls; throws `AnswerError` for what is no program. */
  prepare?: (code: string) => string
  /** In a state of its own: nothing that an earlier call left behind is there. */
  run: (call: Call) => Promise<Outcome>
}

/** The answer is at fault, in this line of it. */
export class AnswerError extends Error {
  readonly line: number | undefined

  constructor(message: string, line?: number) {
    super(message)
    this.name = 'AnswerError'
    this.line = line
  }
}

export function toOutcome(error: AnswerError, output = ''): Outcome {
  const message = error.message.slice(0, messageMax)
  return { error: { message, line: error.line }, output }
}

/** Collects what is printed, up to a limit. */
export function createOutput() {
  let text = ''
  return {
    isFull: () => text.length >= textMax,
    write: (more: string) => {
      text += more.slice(0, textMax - text.length)
    },
    text: () => text,
  }
}

/** @throws AnswerError when it is longer than a value may be */
export function requireShort(json: string): string {
  if (json.length <= textMax) return json
  throw new AnswerError(`it returned more than ${textMax} characters of JSON`)
}

export const missing = (entry: string) =>
  new AnswerError(`the answer defines no function named ${entry}`)

export const outOfMemory = 'out of memory: a test may use 64 MB'
export const outOfStack = 'stack overflow: the recursion is too deep'
