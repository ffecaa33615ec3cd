import { fixedTime_ms } from './protocol.ts'

/** An exception that no Python code caught. */
export class PythonError extends Error {
  /** The name of its class. */
  readonly type: string
  readonly line: number | undefined

  constructor(type: string, message: string, line?: number) {
    super(message)
    this.name = 'PythonError'
    this.type = type
    this.line = line
  }
}

export interface Micropython {
  /** Runs statements in `__main__`. @throws PythonError */
  execute: (code: string) => void
  has: (name: string) => boolean
  /** The text in a variable of `__main__`. */
  read: (name: string) => string
}

interface Output {
  write: (text: string) => void
}

/**
 * Starts MicroPython without its JavaScript part, which exposes all of JavaScript's globals to
 * Python. This one provides an output, a fixed clock and seeded random numbers, and nothing else.
 */
export function createMicropython(module: WebAssembly.Module, output: Output): Micropython {
  const { exports } = new WebAssembly.Instance(
    module,
    toImports(module, () => interpreter, output),
  )
  const interpreter = exports as unknown as Interpreter
  const view = () => new DataView(interpreter.memory.buffer)
  interpreter.emscripten_stack_init()
  interpreter['__wasm_call_ctors']()
  interpreter.mp_js_init(pystackBytes, heapBytes)
  interpreter.proxy_c_init()
  const result = interpreter.malloc(12)
  const main = toReference('__main__')

  function place(text: string): { at: number; size: number } {
    const bytes = Buffer.from(`${text}\0`)
    const at = interpreter.malloc(bytes.length)
    if (at === 0) throw new PythonError('MemoryError', 'out of memory')
    new Uint8Array(interpreter.memory.buffer).set(bytes, at)
    return { at, size: bytes.length - 1 }
  }

  function toReference(name: string): number {
    interpreter.mp_js_do_import(place(name).at, result)
    throwIfFailed()
    return view().getUint32(result + 4, true)
  }

  function readText(): string {
    const size = view().getUint32(result + 4, true)
    const at = view().getUint32(result + 8, true)
    return Buffer.from(interpreter.memory.buffer, at, size).toString()
  }

  function throwIfFailed(): void {
    if (view().getInt32(result, true) === failedKind) throw readException(readText())
  }

  return {
    execute: (code) => {
      const { at, size } = place(code)
      interpreter.mp_js_do_exec(at, size, result)
      throwIfFailed()
    },
    has: (name) => interpreter.proxy_c_to_js_has_attr(main, place(name).at) !== 0,
    read: (name) => {
      interpreter.proxy_c_to_js_lookup_attr(main, place(name).at, result)
      throwIfFailed()
      if (view().getInt32(result, true) !== textKind) throw new PythonError('TypeError', 'no text')
      return readText()
    },
  }
}

// The depth of recursion, and the first part of a heap that grows by itself.
const pystackBytes = 64 * 1024
const heapBytes = 4 * 1024 * 1024

// PROXY_KIND_MP_… of MicroPython's ports/webassembly/proxy_c.c
const failedKind = -1
const textKind = 5

interface Interpreter {
  memory: WebAssembly.Memory
  __indirect_function_table: WebAssembly.Table
  emscripten_stack_init: () => void
  emscripten_stack_get_current: () => number
  _emscripten_stack_restore: (pointer: number) => void
  setThrew: (threw: number, value: number) => void
  __wasm_call_ctors: () => void
  malloc: (size: number) => number
  mp_js_init: (pystackBytes: number, heapBytes: number) => void
  mp_js_do_import: (name: number, result: number) => void
  mp_js_do_exec: (code: number, size: number, result: number) => void
  proxy_c_init: () => void
  proxy_c_to_js_has_attr: (reference: number, name: number) => number
  proxy_c_to_js_lookup_attr: (reference: number, name: number, result: number) => void
}

type Import = (...args: number[]) => number

function toImports(
  module: WebAssembly.Module,
  interpreter: () => Interpreter,
  output: Output,
): Record<string, Record<string, Import>> {
  const given: Record<string, Import> = {
    mp_js_random_u32: createRandom(),
    mp_js_ticks_ms: () => 0,
    mp_js_time_ms: () => fixedTime_ms,
    js_check_existing: () => -1,
    proxy_js_free_obj: () => 0,
    fd_write: (...args) => writeAll(interpreter().memory, args, output),
    emscripten_resize_heap: (bytes = 0) => grow(interpreter().memory, bytes),
    _emscripten_throw_longjmp: () => {
      throw longJump
    },
  }
  const imports: Record<string, Record<string, Import>> = {}
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    const group = (imports[from] ??= {})
    if (name in given) group[name] = given[name] as Import
    else if (name.startsWith('invoke_')) group[name] = createInvoke(interpreter)
    else if (/^(__syscall_|fd_)/.test(name)) group[name] = () => -notPermitted
    else group[name] = deny
  }
  return imports
}

// errno of WASI
const notPermitted = 63

const longJump = Symbol('longjmp')

// C's setjmp as Emscripten compiles it: a call that may be left by a jump.
function createInvoke(interpreter: () => Interpreter): Import {
  return (index = 0, ...args) => {
    const { emscripten_stack_get_current, _emscripten_stack_restore, setThrew } = interpreter()
    const stack = emscripten_stack_get_current()
    try {
      const call = interpreter()['__indirect_function_table'].get(index) as Import
      return call(...args)
    } catch (error) {
      if (error !== longJump) throw error
      _emscripten_stack_restore(stack)
      setThrew(1, 0)
      return 0
    }
  }
}

/** Every call from Python to JavaScript ends here. */
function deny(): never {
  throw new PythonError(
    'ImportError',
    'ImportError: there is no JavaScript to be reached from here',
  )
}

/** fd_write of WASI: pieces of text, and where to say how much was taken. */
function writeAll({ buffer }: WebAssembly.Memory, args: number[], output: Output): number {
  const [, pieces = 0, count = 0, taken = 0] = args
  const view = new DataView(buffer)
  let total = 0
  for (let piece = 0; piece < count; piece++) {
    const at = view.getUint32(pieces + piece * 8, true)
    const size = view.getUint32(pieces + piece * 8 + 4, true)
    output.write(Buffer.from(buffer, at, size).toString())
    total += size
  }
  view.setUint32(taken, total, true)
  return 0
}

const pageBytes = 64 * 1024

function grow(memory: WebAssembly.Memory, bytes: number): number {
  try {
    memory.grow(Math.ceil((bytes - memory.buffer.byteLength) / pageBytes))
    return 1
  } catch {
    return 0 // Python then raises MemoryError
  }
}

/** The same numbers on every run: xorshift32 (Marsaglia, 2003). */
function createRandom(): Import {
  let state = 0x9e3779b9
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
}

// `Type`, U+0004, and the traceback that ends with `Type: message`.
function readException(text: string): PythonError {
  const [type = '', traceback = ''] = text.split('\u0004')
  const lines = [...traceback.matchAll(/File "<stdin>", line (\d+)/g)]
  const message = traceback.trim().split('\n').at(-1) ?? type
  const line = lines.at(-1)?.[1]
  return new PythonError(type, message, line ? Number(line) : undefined)
}
