import { readSync, writeSync } from 'node:fs'
import {
  fixedTime_ms,
  limits,
  type Greeting,
  type Language,
  type Outcome,
  type Sandbox,
  type Task,
} from './protocol.ts'
import { AnswerError, toOutcome, type Runner } from './runner.ts'
import { enterSandbox } from './sandbox.ts'

// The process of one submission: loads an engine, enters the sandbox, reads its task, writes a line
// for each call, and ends. Once it runs submitted code it cannot be trusted; its parent enforces
// the time limits.

const loaders: Record<Language, () => Promise<Runner>> = {
  javascript: async () => (await import('./javascript.ts')).loadJavascript(),
  typescript: async () => (await import('./typescript.ts')).loadTypescript(),
  python: async () => (await import('./python.ts')).loadPython(),
}

async function main(language: Language): Promise<void> {
  freezeTime()
  const runner = await loaders[language]()
  say('', { sandbox: tryEnterSandbox() } satisfies Greeting)
  const task = JSON.parse(readLine()) as Task
  try {
    const code = runner.prepare?.(task.code) ?? task.code
    for (const args of task.calls) {
      const call = { code, entry: task.entry, args: JSON.stringify(args) }
      say(task.nonce, await runner.run(call))
      Bun.gc(true) // what the last call filled is free before the next one fills its own
    }
  } catch (error) {
    if (!(error instanceof AnswerError)) throw error
    for (const _ of task.calls) say(task.nonce, toOutcome(error))
  }
  process.exit(0)
}

// The engines take time and random seeds from here, so that runs are reproducible.
function freezeTime(): void {
  Date.now = () => fixedTime_ms
  performance.now = () => 0
}

function tryEnterSandbox(): Sandbox {
  try {
    enterSandbox(Math.ceil(limits.submissionMax_ms / 1000) + 2)
    return { ok: true }
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) }
  }
}

function say(nonce: string, message: Greeting | Outcome): void {
  const bytes = Buffer.from(`${nonce}${JSON.stringify(message)}\n`)
  for (let at = 0; at < bytes.length;) at += writeSync(1, bytes, at)
}

// Blocks without an event loop. End of file means that the parent is gone.
function readLine(): string {
  const chunks: Buffer[] = []
  while (chunks.at(-1)?.at(-1) !== newline) {
    const chunk = Buffer.alloc(64 * 1024)
    const size = readSync(0, chunk)
    if (size === 0) process.exit(0)
    chunks.push(chunk.subarray(0, size))
  }
  return Buffer.concat(chunks).toString()
}

const newline = 10

await main(process.argv[2] as Language)
