import wasmFile from '#micropython.wasm' with { type: 'file' }
import { readFileSync } from 'node:fs'
import { createMicropython, PythonError } from './micropython.ts'
import { memoryPagesMax } from './protocol.ts'
import {
  AnswerError,
  createOutput,
  missing,
  outOfMemory,
  outOfStack,
  requireShort,
  toOutcome,
  type Call,
  type Runner,
} from './runner.ts'
import { limitMemory } from './wasm-memory.ts'

/** Runs Python in MicroPython: each call has its own interpreter and memory. */
export async function loadPython(): Promise<Runner> {
  const interpreter = new WebAssembly.Module(limitMemory(readFileSync(wasmFile), memoryPagesMax))
  const runner: Runner = {
    run: async (call) => {
      const output = createOutput()
      try {
        return { returned: execute(interpreter, call, output), output: output.text() }
      } catch (error) {
        return toOutcome(toAnswerError(error), output.text())
      }
    },
  }
  await runner.run({
    code: 'def solve(): return None',
    entry: 'solve',
    args: '[]',
  })
  return runner
}

function execute(
  interpreter: WebAssembly.Module,
  { code, entry, args }: Call,
  output: ReturnType<typeof createOutput>,
): string {
  const python = createMicropython(interpreter, output)
  python.execute('import json as _json')
  python.execute(code)
  if (!python.has(entry)) throw missing(entry)
  python.execute(`_value = ${entry}(*_json.loads(${quote(args)}))`)
  python.execute('_value = _json.dumps(_value)')
  return requireShort(python.read('_value'))
}

// A JSON text is a Python string as well when quoted once more, but for half surrogates.
function quote(json: string): string {
  return JSON.stringify(json)
}

function toAnswerError(error: unknown): AnswerError {
  if (error instanceof AnswerError) return error
  if (!(error instanceof PythonError)) {
    return new AnswerError(error instanceof RangeError ? outOfStack : outOfMemory)
  }
  if (error.type === 'MemoryError') return new AnswerError(outOfMemory, error.line)
  if (error.type === 'RuntimeError' && /recursion/.test(error.message)) {
    return new AnswerError(outOfStack, error.line)
  }
  return new AnswerError(error.message, error.line)
}
