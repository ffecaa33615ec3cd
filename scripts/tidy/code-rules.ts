import { readFunctions } from './function-span.ts'
import { isCode, isTest, mayAct, type Rule } from './rule.ts'
import { linesWith, readSource } from './source.ts'

const fileLinesMax = 300
const functionLinesMax = 70
const columnsMax = 100

const classNotError = /\bclass\s+(?!\w+(?:<[^<>]*>)?\s+extends\s+\w*Error\b)(?:[A-Z{]|extends\b)/g
const listening = /\bBun\s*\.\s*(?:serve|listen)\b|(?:\bapp|\bserver|\))\s*\.listen\s*\(/g

// Names of the first version, and the standard term that replaced each.
const replacedWords = new Map([
  ['RepeatKey', 'IdempotencyKey'],
  ['readRepeatKey', 'readIdempotencyKey'],
  ['Repeatable', 'StoredResponse'],
  ['toRepeatable', 'StoredResponse'],
  ['findAnswer', 'findReplay'],
  ['pruneAnswers', 'prunableIdempotencyKeys'],
  ['repeatChange', 'retryOnConflict'],
  ['createGuard', 'createRateLimit'],
  ['giveBack', 'refund'],
  ['takeOwn', 'consumeOwn'],
  ['createOpinions', 'createRatingsClient'],
  ['closeIn', 'enterSandbox'],
  ['createDailyAllowance', 'createDailyLimit'],
  ['speakJson', 'parseJsonBodies'],
  ['nameplate', 'serviceInfo'],
  ['underWay', 'inFlight'],
  ['isOurTurn', 'lockResource'],
  ['whyNot', 'explainMiss'],
  ['listLorrys', 'listLorries'],
])
const replacedWord = new RegExp(`\\b(?:${[...replacedWords.keys()].join('|')})\\b`, 'g')

const example = 'services/books/shelf.ts'

/** Rules about the content of a single code file. */
export const codeRules: Rule[] = [
  {
    name: `no file is longer than ${fileLinesMax} lines`,
    instead: 'split it by topic; under 200 is the aim',
    find: ({ path, text }) => (isCode(path) && countLines(text) > fileLinesMax ? [0] : []),
    refuses: [{ path: example, text: 'const a = 1\n'.repeat(fileLinesMax + 1) }],
    accepts: [{ path: example, text: 'const a = 1\n'.repeat(fileLinesMax) }],
  },
  {
    name: 'one word for one thing',
    instead: [...replacedWords].map(([old, word]) => `${word}, not ${old}`).join('; '),
    find: ({ path, text }) => (isCode(path) ? linesWith(readSource(text).code, replacedWord) : []),
    refuses: [{ path: example, text: 'const key = readRepeatKey(request)' }],
    accepts: [{ path: example, text: 'const key = readIdempotencyKey(request)' }],
  },
  {
    name: `no function has more than ${functionLinesMax} lines of its own`,
    instead: 'give its parts names and functions; under 40 is the aim',
    find: ({ path, text }) =>
      isCode(path)
        ? readFunctions(readSource(text).code)
            .filter((found) => found.lines > functionLinesMax)
            .map((found) => found.line)
        : [],
    refuses: ['function a() {', 'const a = (b: string): C => {', 'const o = {\n  a(b) {'].map(
      (head) => ({ path: example, text: `${head}${'\n'.repeat(functionLinesMax)}}` }),
    ),
    accepts: [
      { path: example, text: `function a() {${'\n'.repeat(functionLinesMax - 1)}}` },
      { path: example, text: `const a = {${'\n'.repeat(functionLinesMax)}}` },
    ],
  },
  {
    name: `no line is longer than ${columnsMax} columns`,
    instead: 'break it, a long text too; only a line with a URL may be longer',
    find: ({ path, text }) =>
      isCode(path)
        ? text.split('\n').flatMap((line, index) => (isTooLong(line) ? [index + 1] : []))
        : [],
    refuses: [{ path: example, text: `\n// ${'a'.repeat(columnsMax)}` }],
    accepts: [
      { path: example, text: 'é'.repeat(columnsMax) },
      { path: example, text: `// https://example.org/${'a'.repeat(columnsMax)}` },
    ],
  },
  {
    name: 'no any',
    instead: 'write the type, or unknown and a check',
    find: ({ path, text }) => inCode(path, text, /(?<![.\w$])any\b(?!\s*\()/g),
    refuses: [
      { path: example, text: 'let a: any' },
      { path: example, text: 'const a = b as any' },
    ],
    accepts: [{ path: example, text: "// any\nconst a = 'any' + Promise.any(b)" }],
  },
  {
    name: 'the compiler is never silenced',
    instead: 'mend the type; @ts-expect-error only in a test that proves a type refuses something',
    find: ({ path, text }) =>
      inComments(path, text, isTest(path) ? /@ts-(?:ignore|nocheck)/g : /@ts-(?!check)\w+/g),
    refuses: [
      { path: example, text: '// @ts-ignore\na()' },
      { path: example, text: '/* @ts-nocheck */' },
    ],
    accepts: [{ path: example, text: "const a = '@ts-ignore'" }],
  },
  {
    name: 'nothing is left to do',
    instead: 'do it now, or write an issue',
    find: ({ path, text }) => inComments(path, text, /\b(?:TODO|FIXME|XXX)\b/g),
    refuses: [{ path: example, text: '// TODO: later' }],
    accepts: [{ path: example, text: "const a = 'TODO' // to do" }],
  },
  {
    name: 'every test runs',
    instead: 'remove .only, .skip, .todo; a test that needs something says so with .skipIf(…)',
    find: ({ path, text }) =>
      inCode(
        path,
        text,
        /\b(?:(?:it|test|describe\w*)(?:\.\w+)*\.(?:only|skip|todo)|x(?:it|test))\b/g,
      ),
    refuses: ['it.only(', 'test.concurrent.skip(', 'describe.only(', 'it.todo(', 'xit('].map(
      (text) => ({
        path: 'services/books/shelf.test.ts',
        text,
      }),
    ),
    accepts: [{ path: 'services/books/shelf.test.ts', text: 'test.skipIf(a)(page.skip, exit())' }],
  },
  {
    name: 'classes are errors',
    instead: 'write a function that returns what it makes (create…)',
    find: ({ path, text }) => inCode(path, text, classNotError),
    refuses: ['class Shelf {}', 'class Shelf extends Base {}', 'const a = class {}'].map(
      (text) => ({
        path: example,
        text,
      }),
    ),
    accepts: [
      { path: example, text: 'export class ProblemError extends Error {}' },
      { path: example, text: 'export class ProblemError<Known = object> extends Error {}' },
      { path: 'web/shelf.tsx', text: '<p class="shelf">' },
    ],
  },
  {
    name: 'only what starts a process reads the environment',
    instead: 'add the variable to shared/host/setting.ts and take it from the context',
    find: ({ path, text }) =>
      mayAct(path) || path === 'shared/host/config.ts'
        ? []
        : inCode(path, text, /\b(?:process|Bun|import\.meta)\s*\.\s*env\b/g),
    refuses: ['process.env.PORT', 'Bun.env.PORT'].map((text) => ({ path: example, text })),
    accepts: [{ path: 'serve.ts', text: 'readConfig(process.env)' }],
  },
  {
    name: 'a deadline clears its timer',
    instead: 'use withDeadline of shared/deadline.ts: a timer that is left keeps a process alive',
    find: ({ path, text }) =>
      mayAct(path)
        ? []
        : inCode(path, text, /\brace\s*\((?:(?!\]\s*\))[^])*?\b(?:sleep|setTimeout)\s*\(/g),
    refuses: [
      'Promise.race([a(), Bun.sleep(9)])',
      'Promise.race([\n  a,\n  new Promise((resolve) => setTimeout(resolve, 9)),\n])',
    ].map((text) => ({ path: example, text })),
    accepts: [
      { path: example, text: 'withDeadline(a(), 9, stop)' },
      { path: example, text: 'Promise.race([a, b])\nBun.sleep(9)' },
    ],
  },
  {
    name: 'only serve.ts listens',
    instead: 'return the app; serve.ts (or a script, or a test) listens',
    find: ({ path, text }) => (mayAct(path) ? [] : inCode(path, text, listening)),
    refuses: ['Bun.serve({})', 'app.listen(80)', 'new Elysia()\n  .listen(80)'].map((text) => ({
      path: example,
      text,
    })),
    accepts: [
      { path: 'serve.ts', text: 'app.listen(80)' },
      { path: example, text: 'events.listen(shelf)' },
    ],
  },
]

function inCode(path: string, text: string, pattern: RegExp): number[] {
  return isCode(path) ? linesWith(readSource(text).code, pattern) : []
}

function inComments(path: string, text: string, pattern: RegExp): number[] {
  if (isCode(path)) return linesWith(readSource(text).comments, pattern)
  return /\.(?:sql|ya?ml)$|(?:^|\/)Dockerfile/.test(path) ? linesWith(text, pattern) : []
}

function isTooLong(line: string): boolean {
  return (
    line.length > columnsMax && Array.from(line).length > columnsMax && !/https?:\/\//.test(line)
  )
}

function countLines(text: string): number {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
}
