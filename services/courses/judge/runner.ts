import { messageMax, textMax, type Outcome } from './protocol.ts'

/** One call of the function that a submission defines. */
export interface Call {
  code: string
  entry: string
  /** A JSON array. */
  args: string
}

/** Runs submitted code in one language; loaded before the process is sandboxed. */
export interface Runner {
  /** Once per submission, before its calls; throws `AnswerError` for an invalid program. */
  prepare?: (code: string) => string
  /** In a fresh state, without anything from an earlier call. */
  run: (call: Call) => Promise<Outcome>
}

/** A fault of the submission, with its line. */
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
