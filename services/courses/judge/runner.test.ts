import { describe, expect, it } from 'bun:test'
import { loadJavascript } from './javascript.ts'
import { loadPython } from './python.ts'
import { AnswerError, type Runner } from './runner.ts'
import { loadTypescript } from './typescript.ts'

// Inside this process, where nothing hostile runs: what each language makes of honest mistakes.
interface Case {
  name: string
  code: string
  args?: string
  outcome: object
}

const javascript: Case[] = [
  {
    name: 'a value',
    code: 'const solve = (a) => a',
    args: '[{"a":[1,null]}]',
    outcome: { returned: '{"a":[1,null]}' },
  },
  { name: 'nothing', code: 'function solve() {}', outcome: { returned: 'undefined' } },
  {
    name: 'a promise',
    code: 'const solve = async (a) => a',
    args: '[7]',
    outcome: { returned: '7' },
  },
  {
    name: 'a promise that stays one',
    code: 'const solve = () => new Promise(() => {})',
    outcome: { error: { message: 'it returned a promise that never settles' } },
  },
  {
    name: 'a rejection',
    code: 'const solve = async () => {\n  throw new TypeError("no")\n}',
    outcome: { error: { message: 'TypeError: no', line: 2 } },
  },
  {
    name: 'what it prints',
    code: 'const solve = () => { console.log("a", [1], { b: undefined }); console.error(1 > 2) }',
    outcome: { output: 'a [1] {}\nfalse\n' },
  },
  {
    name: 'an error in a line',
    code: '\n\nfunction solve() {\n  return nothing\n}',
    outcome: { error: { message: "ReferenceError: 'nothing' is not defined", line: 4 } },
  },
  {
    name: 'an error of its own',
    code: 'function solve() { throw "words" }',
    outcome: { error: { message: 'thrown: words' } },
  },
  { name: 'no program', code: 'function solve( {', outcome: { error: { line: 1 } } },
  {
    name: 'another name',
    code: 'const answer = 1',
    outcome: { error: { message: 'the answer defines no function named solve' } },
  },
  {
    name: 'what is no JSON',
    code: 'const solve = () => [NaN, -Infinity, undefined, , () => 1, Symbol("a"), { b() {} }]',
    outcome: { returned: '[NaN,-Infinity,undefined,undefined,function,Symbol(a),{"b":function}]' },
  },
  {
    name: 'members that are undefined, as JSON does',
    code: 'const solve = () => ({ a: undefined, b: null })',
    outcome: { returned: '{"b":null}' },
  },
  {
    name: 'integers of any size',
    code: 'const solve = () => [2n ** 70n, 2 ** 70, 9007199254740993n, -0]',
    outcome: { returned: '[1180591620717411303424,1180591620717411303424,9007199254740993,0]' },
  },
  {
    name: 'text that looks like something else',
    code: String.raw`const solve = () =>
      ["\u0001NaN", "\"\u00011n", "\\", { "\u0001NaN": "\u0001" }]`,
    outcome: { returned: String.raw`["\u0001NaN","\"\u00011n","\\",{"\u0001NaN":"\u0001"}]` },
  },
  {
    name: 'what it prints that is no JSON',
    code: 'const solve = () => { console.log(NaN, [undefined], 1n, "\u0001NaN"); return 1 }',
    outcome: { output: 'NaN [undefined] 1 \u0001NaN\n' },
  },
  {
    name: 'text that looks like a mark, printed or in an error, as it is',
    code: String.raw`const text = '"\\u0001NaN"'
      const solve = () => { console.log(text); throw Error(text) }`,
    outcome: {
      output: String.raw`"\u0001NaN"` + '\n',
      error: { message: String.raw`Error: "\u0001NaN"` },
    },
  },
  {
    name: 'a thrown value that is no JSON',
    code: 'const solve = () => { throw { a: NaN } }',
    outcome: { error: { message: 'thrown: {"a":NaN}' } },
  },
  {
    name: 'an error that cannot be described',
    code: `const solve = () => {
      throw Object.defineProperty(Error('x'), 'name', { get() { throw 1 } })
    }`,
    outcome: { error: { message: 'error' } },
  },
  {
    name: 'more than it may print',
    code: 'const solve = () => { for (let at = 0; at < 70; at++) console.log("x".repeat(999)) }',
    outcome: { output: `${'x'.repeat(999)}\n`.repeat(65) + 'x'.repeat(536) },
  },
  {
    name: 'deep recursion',
    code: 'const solve = () => solve()',
    outcome: { error: { message: 'stack overflow: the recursion is too deep', line: undefined } },
  },
  {
    name: 'too much memory',
    code: 'const solve = () => {\n  for (const all = []; ; ) all.push(new Uint8Array(1e6))\n}',
    outcome: { error: { message: 'out of memory: a test may use 64 MB' } },
  },
  {
    name: 'a value too large',
    code: 'const solve = () => "x".repeat(65535)',
    outcome: { error: { message: 'it returned more than 65536 characters of JSON' } },
  },
  {
    name: 'the largest value',
    code: 'const solve = () => "x".repeat(65534)',
    outcome: { returned: `"${'x'.repeat(65534)}"` },
  },
]

const typescript: Case[] = [
  {
    name: 'types',
    code: 'interface A { b: number }\nconst solve = <T,>(a: T): T => a as T',
    args: '[3]',
    outcome: { returned: '3' },
  },
  {
    name: 'an error in a line',
    code: 'type A = string\n\nfunction solve(a: A) {\n  return a.b.c\n}',
    args: '[""]',
    outcome: { error: { line: 4 } },
  },
]

const python: Case[] = [
  {
    name: 'a value',
    code: 'def solve(a): return a',
    args: '[{"a":[1,null,true,"é"]}]',
    outcome: { returned: '{"a": [1, null, true, "é"]}' },
  },
  { name: 'nothing', code: 'def solve(): pass', outcome: { returned: 'null' } },
  {
    name: 'what fills more than the first heap',
    code: 'def solve():\n  parts = [bytearray(1000000) for _ in range(20)]\n  return len(parts)',
    outcome: { returned: '20' },
  },
  {
    name: 'integers of any size',
    code: 'def solve(a): return [a + 1, 2 ** 70]',
    args: '[12345678901234567890]',
    outcome: { returned: '[12345678901234567891, 1180591620717411303424]' },
  },
  {
    name: 'what is no JSON',
    code: 'def solve(): return [float("nan"), -float("inf"), {1}]',
    outcome: { returned: '[nan, -inf, {1}]' },
  },
  {
    name: 'what it prints',
    code: 'def solve(): print("a", [1], None)',
    outcome: { output: 'a [1] None\n' },
  },
  {
    name: 'an error in a line',
    code: '\ndef solve():\n  return nothing',
    outcome: { error: { message: "NameError: name 'nothing' isn't defined", line: 3 } },
  },
  {
    name: 'an assertion',
    code: 'def solve():\n  assert 1 == 2, "no"',
    outcome: { error: { message: 'AssertionError: no', line: 2 } },
  },
  {
    name: 'no program',
    code: 'def solve(:',
    outcome: { error: { message: expect.stringContaining('SyntaxError'), line: 1 } },
  },
  {
    name: 'another name',
    code: 'answer = 1',
    outcome: { error: { message: 'the answer defines no function named solve' } },
  },
  {
    name: 'what it catches itself',
    code: 'def solve():\n  try: return 1 // 0\n  except ZeroDivisionError: return "caught"',
    outcome: { returned: '"caught"' },
  },
  {
    name: 'the innermost line of an error',
    code: 'def half(a):\n  return a / 0\n\ndef solve():\n  return half(1)',
    outcome: { error: { message: 'ZeroDivisionError: divide by zero', line: 2 } },
  },
  {
    name: 'the same clock and random numbers at any time',
    code: `import random, time
def solve():
  numbers = [random.getrandbits(30) for _ in range(2)]
  return [int(time.time()), time.ticks_ms()] + numbers`,
    outcome: { returned: '[1798761600, 0, 237398891, 542362180]' },
  },
  {
    name: 'a file',
    code: 'def solve(): open("/etc/passwd")',
    outcome: { error: { message: expect.stringContaining('OSError') } },
  },
  {
    name: 'JavaScript',
    code: 'import js\ndef solve(): return js.process',
    outcome: { error: { message: expect.stringContaining('ImportError') } },
  },
  {
    name: 'deep recursion',
    code: 'def solve(): return solve()',
    outcome: { error: { message: 'stack overflow: the recursion is too deep', line: 1 } },
  },
  {
    name: 'too much memory',
    code: 'def solve(): return bytearray(10 ** 9)',
    outcome: { error: { message: 'out of memory: a test may use 64 MB', line: 1 } },
  },
  {
    name: 'a value too large',
    code: 'def solve(): return "x" * 70000',
    outcome: { error: { message: expect.stringContaining('65536') } },
  },
]

for (const [language, load, cases] of [
  ['javascript', loadJavascript, javascript],
  ['typescript', loadTypescript, typescript],
  ['python', loadPython, python],
] as const) {
  describe(`${language} returns`, () => {
    let runner: Promise<Runner> | undefined
    it.each(cases)('$name', async ({ code, args = '[]', outcome }) => {
      runner ??= load()
      const { prepare, run } = await runner
      const prepared = prepare?.(code) ?? code
      expect(await run({ code: prepared, entry: 'solve', args })).toMatchObject(outcome)
    })
  })
}

describe('typescript', () => {
  it('says in which line it is not TypeScript', async () => {
    const { prepare } = await loadTypescript()
    let caught: unknown
    try {
      prepare?.('const a = 1\nenum B { C }')
    } catch (error) {
      caught = error
    }
    expect(caught).toBeInstanceOf(AnswerError)
    expect(caught).toMatchObject({ line: 2, message: expect.stringContaining('enum') })
  })
})
