import { got, outOfMemory, outOfStack, timeLimit, type HostileSubmission } from './submission.ts'

const solve = (body: string) => `function solve(a, b) { ${body} }`

/** Against the limits of QuickJS. The answer that is wanted is 1 + 2. */
export const wastefulJavascript: HostileSubmission[] = [
  // Time
  { name: 'an endless loop', code: solve('for (;;);'), verdict: timeLimit },
  { name: 'an endless loop on loading', code: 'while (true);', verdict: timeLimit },
  {
    name: 'a loop that catches',
    code: solve('for (;;) try { for (;;); } catch {}'),
    verdict: timeLimit,
  },
  {
    name: 'a loop in finally',
    code: solve('try { return 3 } finally { for (;;); }'),
    verdict: timeLimit,
  },
  {
    name: 'a regex that backtracks',
    code: solve('return /^(a+)+$/.test("a".repeat(40) + "!")'),
    verdict: timeLimit,
  },
  {
    name: 'a regex on a long text',
    code: solve('return /(x+x+)+y/.test("x".repeat(5000))'),
    verdict: timeLimit,
  },
  {
    name: 'a sort that never ends',
    code: solve('for (;;) Array.from({ length: 1e6 }, (_, i) => -i).sort()'),
    verdict: /^error: (time limit|out of memory)/,
  },
  {
    name: 'a getter that loops',
    code: solve('return { get x() { for (;;); } }'),
    verdict: timeLimit,
  },
  {
    name: 'toJSON that loops',
    code: solve('return { toJSON() { for (;;); } }'),
    verdict: timeLimit,
  },
  {
    name: 'an error whose message loops',
    code: solve('throw Object.defineProperty(new Error, "message", { get() { for (;;); } })'),
    verdict: timeLimit,
  },
  {
    name: 'promises without end',
    code: solve('const again = () => Promise.resolve().then(again); return again()'),
    verdict: /^error: (time limit|out of memory)/,
  },
  {
    name: 'a promise that never settles',
    code: solve('return new Promise(() => {})'),
    verdict: /never settles/,
  },
  {
    name: 'a thenable that loops',
    code: 'const solve = async () => ({ then() { for (;;); } })',
    verdict: timeLimit,
  },
  {
    name: 'a generator without end',
    code: solve('return [...function* () { for (;;) yield }()]'),
    verdict: /^error: (time limit|out of memory)/,
  },
  {
    name: 'a proxy that loops',
    code: solve('return new Proxy({}, { ownKeys() { for (;;); } })'),
    verdict: timeLimit,
  },
  { name: 'a huge power', code: solve('return String(7n ** (10n ** 8n))'), verdict: /^error: / },
  {
    name: 'Atomics.wait',
    code: solve('Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1e9); return 4'),
    verdict: /^error: /,
  },

  // Memory
  {
    name: 'a string that doubles',
    code: solve('let s = "x"; for (;;) s += s'),
    verdict: /^error: /,
  },
  {
    name: 'strings that are kept',
    code: solve('const all = []; for (let i = 0; ; i++) all.push("x".repeat(1e6) + i)'),
    verdict: /^error: (time limit|out of memory)/,
  },
  {
    name: 'an array that grows',
    code: solve('const all = []; for (;;) all.push({})'),
    verdict: /^error: (time limit|out of memory)/,
  },
  {
    name: 'typed arrays',
    code: solve('const all = []; for (;;) all.push(new Uint8Array(1e6))'),
    verdict: outOfMemory,
  },
  {
    name: 'one huge buffer',
    code: solve('return new ArrayBuffer(2 ** 31 - 1).byteLength'),
    verdict: /^error: /,
  },
  {
    name: 'a sparse array filled',
    code: solve('return new Array(2 ** 31).fill(0)'),
    verdict: /^error: /,
  },
  {
    name: 'memory, caught again and again',
    code: solve('for (;;) try { const a = []; for (;;) a.push(new Uint8Array(1e6)) } catch {}'),
    verdict: /^error: (time limit|out of memory)/,
  },
  { name: 'recursion', code: solve('return solve(a, b)'), verdict: outOfStack },
  {
    name: 'recursion in JSON',
    code: solve('let x = []; for (let i = 0; i < 1e5; i++) x = [x]; return x'),
    verdict: /^error: /,
  },
  {
    name: 'recursion in the parser',
    code: solve(`return ${'['.repeat(20_000)}${']'.repeat(20_000)}`),
    verdict: /^error: /,
  },
  {
    name: 'recursion in a regex',
    code: solve('return new RegExp("(".repeat(1e5) + ")".repeat(1e5)).test("")'),
    verdict: /^error: /,
  },
  {
    name: 'a result too large',
    code: solve('return "x".repeat(1e6)'),
    verdict: /^error: it returned more than 65536/,
  },
  {
    name: 'a cyclic result',
    code: solve('const x = {}; x.x = x; return x'),
    verdict: /^error: TypeError/,
  },

  // Output
  {
    name: 'a flood of output',
    code: solve('for (;;) console.log("x".repeat(1000))'),
    verdict: timeLimit,
  },
  {
    name: 'one enormous line',
    code: solve('console.log("x".repeat(3e7)); return 4'),
    verdict: got('4'),
  },
  {
    name: 'a verdict in the output',
    code: solve('console.log(\'{"returned":"3","output":""}\'); return 4'),
    verdict: got('4'),
  },
  {
    name: 'a line that looks like the protocol',
    code: solve(
      'console.log("\\n00000000-0000-0000-0000-000000000000{\\"returned\\":\\"3\\"}\\n"); return 4',
    ),
    verdict: got('4'),
  },
]
