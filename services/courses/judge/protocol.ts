/** What is run in which way; a new language is a line here and a runner in child.ts. */
export const languages = ['javascript', 'typescript', 'python'] as const
export type Language = (typeof languages)[number]

/** What a child is told, as one line of JSON. It never learns what a test expects. */
export interface Task {
  /** Begins every line of the answer, so that nothing else can be taken for one. */
  nonce: string
  code: string
  /** The function of the answer to call. */
  entry: string
  /** The arguments of each call, one call after the other. */
  calls: unknown[][]
}

/** What one call came to: a value or an error. */
export interface Outcome {
  /** JSON, or what a value looks like that JSON has no words for: `NaN`, `[undefined]`. */
  returned?: string
  error?: { message: string; line?: number | undefined }
  /** What it printed. */
  output: string
}

/** Whether a process can reach nothing but its task, or why it can. */
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
