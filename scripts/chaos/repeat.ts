import type { Allocation } from '../../shared/schemas/allocation.ts'
import { acknowledge, type Fault } from './ledger.ts'
import type { StoredResponse } from './load.ts'
import { send } from '../harness/request.ts'

export interface RepeatReport {
  /** How many clients retried after getting no response. */
  repeated: number
  /** How many of their first requests had been committed. */
  committed: number
  faults: Fault[]
}

// Of those with a response a few are enough, as they all take the same path.
const answeredMax = 20

/**
 * Retries creates with the same Idempotency-Key, as a client without a response does. Each must end
 * as one booking; one that had a response must get the same one, whatever has happened to it since.
 */
export async function repeatCreates(
  url: string,
  repeatables: readonly StoredResponse[],
): Promise<RepeatReport> {
  const unanswered = repeatables.filter(({ firstAnswer }) => !firstAnswer)
  const answered = repeatables.filter(({ firstAnswer }) => firstAnswer).slice(-answeredMax)
  const report: RepeatReport = { repeated: unanswered.length, committed: 0, faults: [] }

  async function repeat({ booking, body, firstAnswer }: StoredResponse) {
    const headers = { 'idempotency-key': booking.token }
    const answer = await send('POST', `${url}${booking.resource}/allocations`, { body, headers })
    const isReplayed = answer?.headers.get('idempotent-replayed') === 'true'
    const isRight = firstAnswer
      ? isReplayed && Bun.deepEquals(answer?.body, firstAnswer)
      : answer?.status === 201
    if (!isRight) report.faults.push(toFault(booking.token, [answer, firstAnswer]))
    if (firstAnswer || answer?.status !== 201) return
    if (isReplayed) report.committed++
    acknowledge(booking, answer.body as Allocation)
  }

  await Promise.all([...unanswered, ...answered].map(repeat))
  return report
}

function toFault(token: string, answers: unknown[]): Fault {
  return { kind: 'wrong repeat', detail: `${token}: ${JSON.stringify(answers)}` }
}
