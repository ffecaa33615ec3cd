import variant from '@jitl/quickjs-wasmfile-release-sync'
import wasmFile from '#quickjs.wasm' with { type: 'file' }
import { readFileSync } from 'node:fs'
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
} from 'quickjs-emscripten-core'
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

/** Runs JavaScript in QuickJS: each call has its own engine and memory. */
export async function loadJavascript(): Promise<Runner> {
  const engine = new WebAssembly.Module(readFileSync(wasmFile))
  const runner: Runner = {
    run: async (call) => {
      // The engine's own memory limit applies to a single allocation; this maximum applies to all.
      const memory = new WebAssembly.Memory({ initial: 256, maximum: memoryPagesMax })
      const module = newVariant(variant, { wasmModule: engine, wasmMemory: memory })
      const runtime = (await newQuickJSWASMModuleFromVariant(module)).newRuntime()
      const output = createOutput()
      try {
        return { returned: execute(runtime.newContext(), call, output), output: output.text() }
      } catch (error) {
        return toOutcome(toAnswerError(error), output.text())
      }
    },
  }
  // A first run triggers lazy loading in the engine.
  await runner.run({
    code: 'function solve() { return null }',
    entry: 'solve',
    args: '[]',
  })
  return runner
}

const fileName = 'answer.js'

interface Completion {
  value?: QuickJSHandle | undefined
  error?: QuickJSHandle | undefined
}

// Runs inside the engine, and saves the functions it needs before the submission can change them.
// Values that JSON lacks (NaN, undefined, functions) would become null, and large integers would be
// rounded or refused: they are written as text that begins with U+0001, see `unmark`.
const prelude = `((write) => {
  const { stringify, parse } = JSON
  const { isArray } = Array
  const { isInteger, isSafeInteger, isFinite } = Number
  const integer = BigInt
  const text = String
  const mark = (word) => '\\u0001' + word
  function replace(name, value) {
    switch (typeof value) {
      case 'string':
        return value >= '\\u0001' && value < '\\u0002' ? mark(value) : value
      case 'number':
        if (!isFinite(value)) return mark(value)
        return isInteger(value) && !isSafeInteger(value) ? mark(integer(value)) : value
      case 'undefined':
        return isArray(this) ? mark('undefined') : undefined
      case 'bigint':
      case 'symbol':
        return mark(text(value))
      case 'function':
        return mark('function')
      default:
        return value
    }
  }
  const toMarked = (value) => stringify(value, replace) ?? 'undefined'
  const print = (...values) => {
    for (let at = 0; at < values.length; at++) {
      if (at > 0) write(' ')
      if (typeof values[at] === 'string') write(values[at])
      else write(toMarked(values[at]), true)
    }
    write('\\n')
  }
  globalThis.console = { log: print, info: print, warn: print, error: print, debug: print }
  return {
    call: (entry, args) => entry(...parse(args)),
    toMarked,
    describe: (error) =>
      error instanceof Error
        ? error.name + ': ' + error.message + '\\u0001' + error.stack
        : 'thrown: ' + (typeof error === 'string' ? error : toMarked(error)),
  }
})`

// A quote after a backslash does not end a string, so these are whole strings, or names if before
// `:`.
const marked = /(?<!\\)"\\u0001((?:[^"\\]|\\.)*)"(?!:)/g

/**
 * Replaces marked text by its value: a bare `NaN`, a large integer in digits, or a string that
 * itself began with U+0001. The result may not be JSON.
 */
function unmark(json: string): string {
  return json.replaceAll(marked, (_, word: string) =>
    word.startsWith(ownMark) ? `"${word}"` : word,
  )
}

const ownMark = String.raw`\u0001`

function execute(
  vm: QuickJSContext,
  { code, entry, args }: Call,
  output: ReturnType<typeof createOutput>,
): string {
  const write = vm.newFunction('write', (text, isMarked) => {
    if (output.isFull()) return
    output.write(isMarked ? unmark(vm.getString(text)) : vm.getString(text))
  })
  const start = vm.unwrapResult(vm.evalCode(prelude))
  const tools = vm.unwrapResult(vm.callFunction(start, vm.undefined, write))
  const [call, toMarked, describe] = ['call', 'toMarked', 'describe'].map((name) =>
    vm.getProp(tools, name),
  ) as [QuickJSHandle, QuickJSHandle, QuickJSHandle]

  function require(result: Completion): QuickJSHandle {
    if (result.value) return result.value
    const described = vm.callFunction(describe, vm.undefined, result.error ?? vm.undefined)
    throw readError(described.error ? 'error' : vm.getString(described.value))
  }

  require(vm.evalCode(code, fileName, { type: 'global' }))
  const found = require(vm.evalCode(`typeof ${entry} === 'function' ? ${entry} : undefined`))
  if (vm.typeof(found) !== 'function') throw missing(entry)
  const promised = require(vm.callFunction(call, vm.undefined, found, vm.newString(args)))
  const jobs = vm.runtime.executePendingJobs()
  if (jobs.error) require({ error: jobs.error })
  const settled = vm.getPromiseState(promised)
  if (settled.type === 'pending') throw new AnswerError('it returned a promise that never settles')
  const value = require(settled)
  return requireShort(unmark(vm.getString(require(vm.callFunction(toMarked, vm.undefined, value)))))
}

function readError(text: string): AnswerError {
  const [described = '', stack = ''] = text.split('\u0001')
  const message = described.startsWith('thrown: ') ? unmark(described) : described
  if (message.startsWith('InternalError: stack overflow')) return new AnswerError(outOfStack)
  const line = /answer\.js:(\d+)/.exec(stack)?.[1]
  // Out of memory the engine cannot even create an error, and throws null.
  if (/^InternalError: out of memory|^thrown: null$/.test(message)) {
    return new AnswerError(outOfMemory, line ? Number(line) : undefined)
  }
  return new AnswerError(message, line ? Number(line) : undefined)
}

// Anything but an error of the submission is the engine giving up.
function toAnswerError(error: unknown): AnswerError {
  if (error instanceof AnswerError) return error
  return new AnswerError(error instanceof RangeError ? outOfStack : outOfMemory)
}
