import { got, type HostileSubmission } from './submission.ts'

const solve = (body: string) => `function solve(a, b) { ${body} }`

/** Against what surrounds QuickJS. The answer that is wanted is 1 + 2. */
export const escapingJavascript: HostileSubmission[] = [
  // Reaching out
  { name: 'process', code: solve('return typeof process'), verdict: got('"undefined"') },
  {
    name: 'Bun',
    code: solve('return [typeof Bun, typeof Deno, typeof require]'),
    verdict: got('["undefined","undefined","undefined"]'),
  },
  {
    name: 'fetch',
    code: solve('return [typeof fetch, typeof WebSocket, typeof XMLHttpRequest]'),
    verdict: got('["undefined","undefined","undefined"]'),
  },
  {
    name: 'timers',
    code: solve('return [typeof setTimeout, typeof performance]'),
    verdict: got('["undefined","undefined"]'),
  },
  {
    name: 'import of a module',
    code: 'import fs from "fs"\nfunction solve() { return 3 }',
    verdict: /^error: SyntaxError/,
  },
  { name: 'import()', code: solve('return import("node:fs")'), verdict: /^error: / },
  { name: 'import.meta', code: solve('return import.meta.url'), verdict: /^error: SyntaxError/ },
  {
    name: 'std and os of QuickJS',
    code: solve('return [typeof std, typeof os, typeof scriptArgs]'),
    verdict: got('["undefined","undefined","undefined"]'),
  },
  {
    name: 'the constructor of functions',
    code: solve('return (() => {}).constructor("return typeof process + typeof Bun")()'),
    verdict: got('"undefinedundefined"'),
  },
  {
    name: 'the constructor of what prints',
    code: solve('return console.log.constructor.constructor("return typeof process")()'),
    verdict: got('"undefined"'),
  },
  {
    name: 'this of the host',
    code: solve(
      'return Object.getOwnPropertyNames(globalThis).filter((n) => /write|host|mod|proc/i.test(n))',
    ),
    verdict: got('[]'),
  },
  {
    name: 'the stack of the host',
    code: solve('return /child|judge|bunfs|node_modules/.test(new Error().stack)'),
    verdict: got('false'),
  },
  {
    name: 'WebAssembly and workers',
    code: solve('return [typeof WebAssembly, typeof Worker]'),
    verdict: got('["undefined","undefined"]'),
  },

  // Games
  {
    name: 'JSON.stringify replaced',
    code: 'JSON.stringify = () => "3"; function solve() { return 4 }',
    verdict: got('4'),
  },
  {
    name: 'JSON.parse replaced',
    code: 'JSON.parse = () => [1, 2]; function solve(a, b) { return [a, b] }',
    verdict: got('[1,2]'),
  },
  {
    name: 'toJSON for all',
    code: 'Object.prototype.toJSON = () => 5; function solve() { return {} }',
    verdict: got('5'),
  },
  {
    name: 'Array.prototype taken over',
    code: 'Array.prototype[Symbol.iterator] = function* () { yield 9 }\nconst solve = (a) => a',
    verdict: got('9'),
  },
  {
    name: 'an object that is equal to all',
    code: solve('return { valueOf: () => 3, toString: () => "3" }'),
    verdict: got('{"valueOf":function,"toString":function}'),
  },
  { name: 'not a number', code: solve('return NaN'), verdict: got('NaN') },
  {
    name: '__proto__ in the result',
    code: solve('return JSON.parse(\'{"__proto__":{"expected":3}}\')'),
    verdict: /^fail: expected 3, got \{/,
  },
  {
    name: 'a name of the prelude',
    code: 'function solve() { return [typeof write, typeof show, typeof call] }',
    verdict: got('["undefined","undefined","undefined"]'),
  },
  {
    name: 'the clock',
    code: solve('const t = Date.now(); for (let i = 0; i < 1e6; i++); return Date.now() - t + 4'),
    verdict: got('4'),
  },
  {
    name: 'no function',
    code: 'const answer = 3',
    verdict: /^error: the answer defines no function named solve/,
  },
  { name: 'a class for a function', code: 'class solve {}', verdict: /^error: / },
  { name: 'no program at all', code: '}}}{{{ ]]] <<<', verdict: /^error: SyntaxError.*line 1/ },
]
