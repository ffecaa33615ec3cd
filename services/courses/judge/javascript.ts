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

/** Runs JavaScript in QuickJS: an engine of its own for each call, in memory of its own. */
export async function loadJavascript(): Promise<Runner> {
  const engine = new WebAssembly.Module(readFileSync(wasmFile))
  const runner: Runner = {
    run: async (call) => {
      // The engine's own memory limit bounds one allocation only; a maximum here bounds them all.
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
  // The first run loads what the engine loads late.
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

// Takes what it needs before the answer can change it. Runs inside the engine.
const prelude = `((write) => {
  const { stringify, parse } = JSON
  const show = (value) => (typeof value === 'string' ? value : (stringify(value) ?? '' + value))
  const print = (...values) => {
    let line = ''
    for (let at = 0; at < values.length; at++) line += (at > 0 ? ' ' : '') + show(values[at])
    write(line + '\\n')
  }
  globalThis.console = { log: print, info: print, warn: print, error: print, debug: print }
  return {
    call: (entry, args) => entry(...parse(args)),
    toJson: (value) => stringify(value) ?? 'null',
    describe: (error) =>
      error instanceof Error
        ? error.name + ': ' + error.message + '\\u0001' + error.stack
        : 'thrown: ' + show(error),
  }
})`

function execute(
  vm: QuickJSContext,
  { code, entry, args }: Call,
  output: ReturnType<typeof createOutput>,
): string {
  const write = vm.newFunction('write', (line) => {
    if (!output.isFull()) output.write(vm.getString(line))
  })
  const start = vm.unwrapResult(vm.evalCode(prelude))
  const tools = vm.unwrapResult(vm.callFunction(start, vm.undefined, write))
  const [call, toJson, describe] = ['call', 'toJson', 'describe'].map((name) =>
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
  return requireShort(vm.getString(require(vm.callFunction(toJson, vm.undefined, value))))
}

function readError(text: string): AnswerError {
  const [message = '', stack = ''] = text.split('\u0001')
  if (message.startsWith('InternalError: stack overflow')) return new AnswerError(outOfStack)
  const line = /answer\.js:(\d+)/.exec(stack)?.[1]
  // With no memory left the engine cannot even make an error: what it throws is null.
  if (/^InternalError: out of memory|^thrown: null$/.test(message)) {
    return new AnswerError(outOfMemory, line ? Number(line) : undefined)
  }
  return new AnswerError(message, line ? Number(line) : undefined)
}

// Whatever is not the answer's own error is the engine giving up.
function toAnswerError(error: unknown): AnswerError {
  if (error instanceof AnswerError) return error
  return new AnswerError(error instanceof RangeError ? outOfStack : outOfMemory)
}
