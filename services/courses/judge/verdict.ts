import { parseExact } from '../../../shared/exact-json.ts'
import type { Run } from './child-process.ts'
import { isEqual } from './equal.ts'
import { textMax, type Outcome } from './protocol.ts'

/** One call and its expected value, as parsed by `parseExact`. */
export interface Test {
  args: unknown[]
  expected: unknown
  /** Only whether it passed is shown. */
  hidden: boolean
}

export interface TestResult {
  status: 'pass' | 'fail' | 'error'
  /** For people: expected and got, or the error and its line. Empty when passed. */
  message: string
  /** What the test printed. */
  output: string
}

/**
 * The order of tests in a run: visible ones first, so that a hidden one cannot affect them by its
 * duration or by ending the process.
 */
export function toRunOrder(tests: readonly Test[]): number[] {
  const places = tests.map((_, at) => at)
  return [...places.filter((at) => !tests[at]?.hidden), ...places.filter((at) => tests[at]?.hidden)]
}

/** @param order of the tests in the run @returns in the order of the tests */
export function toResults(tests: readonly Test[], order: number[], run: Run): TestResult[] {
  const open = tests.filter(({ hidden }) => !hidden)
  // The same for each, whatever the others print, so that lengths reveal nothing about other tests.
  const room = Math.floor(textMax / Math.max(1, open.length))
  return tests.map(({ expected, hidden }, at) => {
    const { status, message, output } = toResult(run, order.indexOf(at), expected)
    return hidden
      ? { status, message: '', output: '' }
      : { status, message, output: output.slice(0, room) }
  })
}

function toResult({ outcomes, stopped }: Run, place: number, expected: unknown): TestResult {
  const outcome = outcomes[place]
  if (outcome) return compare(outcome, expected)
  return toError(place === outcomes.length && stopped ? stopped : notRun)
}

const notRun = 'not run: an earlier test ended the judging'

function toError(message: string, output = ''): TestResult {
  return { status: 'error', message, output }
}

function compare(outcome: Outcome, expected: unknown): TestResult {
  const { error, returned = '', output } = outcome
  if (error) {
    const place = error.line === undefined ? '' : ` (line ${error.line})`
    return toError(error.message + place, output)
  }
  const value = read(returned)
  if (value && isEqual(value.json, expected)) return { status: 'pass', message: '', output }
  const wanted = show(JSON.stringify(expected))
  return { status: 'fail', message: `expected ${wanted}, got ${show(returned)}`, output }
}

// Values that are not JSON (NaN, a set), or are nested too deeply, never match.
function read(text: string): { json: unknown } | undefined {
  try {
    return { json: parseExact(text) }
  } catch {
    return undefined
  }
}

const shownMax = 500

function show(json: string): string {
  return json.length <= shownMax ? json : `${json.slice(0, shownMax)}…`
}
