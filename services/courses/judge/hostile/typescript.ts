import { timeLimit, type HostileSubmission } from './submission.ts'

/** Against what takes the types away. */
export const hostileTypescript: HostileSubmission[] = [
  {
    name: 'types nested deep',
    code: `type A = ${'['.repeat(20_000)}${']'.repeat(20_000)}\nfunction solve() { return 4 }`,
    verdict: /^(error|fail): /,
  },
  { name: 'types without end', code: `type A = ${'Array<'.repeat(10_000)}`, verdict: /^error: / },
  {
    name: 'an enum',
    code: 'enum A { B }\nfunction solve() { return 3 }',
    verdict: /^error: SyntaxError.*line 1/,
  },
  {
    name: 'an import of types',
    code: 'import { readFileSync } from "node:fs"\nfunction solve(): number { return 3 }',
    verdict: /^error: SyntaxError/,
  },
  {
    name: 'an endless loop in types',
    code: 'function solve(a: number): number { for (;;); }',
    verdict: timeLimit,
  },
]
