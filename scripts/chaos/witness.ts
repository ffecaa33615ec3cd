import { createTally } from '../harness/tally.ts'
import { send, type Answer, type RequestOptions } from '../harness/request.ts'

export const operations = ['create', 'read', 'move', 'release', 'bundle', 'confirm'] as const
export type Operation = (typeof operations)[number]

/** The status that stands for no response. */
export const silence = 0

/** Sends requests, counts responses, and records those that must not occur. */
export interface Witness {
  ask: (operation: Operation, url: string, request?: RequestOptions) => Promise<Answer | undefined>
  count: (operation: Operation, status: number) => number
  /** How many responses with a status there were, over all operations. */
  total: (status: number) => number
  /** How long the oldest request has been waiting for its response, in milliseconds. */
  longestWait_ms: () => number
  /** In words, the first few. */
  wrong: readonly string[]
  report: (wrong: string) => void
}

const methods: Record<Operation, string> = {
  create: 'POST',
  read: 'GET',
  move: 'PATCH',
  release: 'DELETE',
  bundle: 'POST',
  confirm: 'POST',
}
const expected: Record<Operation, number[]> = {
  create: [201, 409],
  read: [200],
  move: [200, 409],
  release: [204],
  bundle: [201, 409],
  confirm: [200],
}
// A stopped service refuses connections immediately; retrying without a pause would burn the CPU.
const pauseAfterSilence_ms = 20
// Nobody reads more.
const wrongMax = 20

/** @param tolerated additional statuses allowed while something is broken, or `silence` */
export function createWitness(tolerated: readonly number[] = []): Witness {
  const tally = createTally()
  const waiting = new Set<{ since: number }>()
  const wrong: string[] = []
  const count = (operation: Operation, status: number) =>
    tally.counts[`${operation} ${status}`] ?? 0

  function report(text: string) {
    if (wrong.length < wrongMax) wrong.push(text)
  }

  async function ask(operation: Operation, url: string, request?: RequestOptions) {
    const entry = { since: Date.now() }
    waiting.add(entry)
    const answer = await send(methods[operation], url, request)
    waiting.delete(entry)
    const status = answer?.status ?? silence
    tally.add(`${operation} ${status}`, Date.now() - entry.since)
    const reason = describeWrong(answer, [...expected[operation], ...tolerated])
    if (reason) report(`${operation} ${url}: ${reason}`)
    if (!answer) await Bun.sleep(pauseAfterSilence_ms)
    return answer
  }

  return {
    ask,
    count,
    total: (status) => operations.reduce((sum, operation) => sum + count(operation, status), 0),
    longestWait_ms: () => {
      const now = Date.now()
      return now - Math.min(now, ...[...waiting].map(({ since }) => since))
    },
    wrong,
    report,
  }
}

function describeWrong(answer: Answer | undefined, allowed: number[]): string | undefined {
  if (!allowed.includes(answer?.status ?? silence)) {
    return answer ? `${answer.status} ${JSON.stringify(answer.body)}` : 'no answer'
  }
  if (!answer || answer.status < 400) return undefined
  const type = answer.headers.get('content-type')
  if (type !== 'application/problem+json') return `${answer.status} as ${type}`
  if (answer.status === 503 && !answer.headers.get('retry-after')) return '503 without Retry-After'
  return undefined
}
