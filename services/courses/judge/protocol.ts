/** The languages; a new one is a line here and a runner in child.ts. */
export const languages = ['javascript', 'typescript', 'python'] as const
export type Language = (typeof languages)[number]

/** The task of a child, as one line of JSON, without the expected values. */
export interface Task {
  /** The start of every response line, so that nothing else is mistaken for one. */
  nonce: string
  code: string
  /** The function of the submission to call. */
  entry: string
  /** The arguments of each call, in order. */
  calls: unknown[][]
}

/** The outcome of a call: a value or an error. */
export interface Outcome {
  /** JSON, or the notation of values that JSON lacks: `NaN`, `[undefined]`. */
  returned?: string
  error?: { message: string; line?: number | undefined }
  /** Its output. */
  output: string
}

/** Whether a process is sandboxed, or why not. */
export type Sandbox = { ok: true } | { ok: false; reason: string }

/** The first line of a child: it is loaded. */
export interface Greeting {
  sandbox: Sandbox
}

export interface Limits {
  /** Of processor time, for one test. */
  cpuMax_ms: number
  /** For all tests of a submission, by the clock. */
  submissionMax_ms: number
}

/** A submission that takes all its time is still judged before its request is given up. */
export const limits: Limits = { cpuMax_ms: 2000, submissionMax_ms: 6000 }

/** Of memory, for one test: in pages of 64 KiB, 64 MiB. */
export const memoryPagesMax = 1024
/** Of what a test prints, and of what it returns as JSON; in characters. */
export const textMax = 64 * 1024
/** Of the message of an error. */
export const messageMax = 500

/** All time that submitted code can see: the same on every run. */
export const fixedTime_ms = Date.UTC(2027, 0, 1)
