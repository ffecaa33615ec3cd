import { forbidden, type Caller } from '../../../shared/access.ts'
import { ProblemError } from '../../../shared/problem.ts'
import type { BookingSeriesDecision } from '../../../shared/schemas/booking-series.ts'
import type { Progress } from '../../../shared/schemas/leaving.ts'
import type { createEnd } from '../end-booking.ts'
import type { Rulebook } from '../rulebook.ts'
import type { FindSeries } from './find-series.ts'

interface Rules {
  end: ReturnType<typeof createEnd>
  find: FindSeries
  rulebook: Rulebook
}

interface Deciding {
  body: BookingSeriesDecision
  caller: Caller
}

// Each is two commits, and what inventory does; an answer comes before anybody gives up on it.
const atOnce = 20
const decidedMax = 100

/** Decides the requests of a series, each as by itself. */
export function createDecideSeries({ end, find, rulebook }: Rules) {
  /**
   * Those whose time has run out, or that somebody else has decided, stay as they are.
   * @returns how many were decided, and how many are left: ask again
   * @throws 403 unless the caller manages the resources of all that are left
   */
  return async function decideSeries(
    id: string,
    { body: { approve, reason = '' }, caller }: Deciding,
  ): Promise<Progress> {
    const { stored } = await find.find(id, caller)
    const open = stored.filter(({ row }) => row.state === 'requested')
    if (
      !(await rulebook.mayManage(
        caller,
        open.flatMap((one) => one.items),
      ))
    ) {
      throw forbidden('Only whoever manages the resources may decide.')
    }
    const given = { caller, ifMatch: undefined }
    const decide = async (booking: string): Promise<boolean> => {
      const decided = approve
        ? end.approve(booking, { body: {}, ...given })
        : end.reject(booking, { body: { reason }, ...given })
      return decided.then(() => true, passOver)
    }
    const now = open.slice(0, decidedMax).map(({ row }) => row.id)
    let done = 0
    for (let at = 0; at < now.length; at += atOnce) {
      const results = await Promise.all(now.slice(at, at + atOnce).map(decide))
      done += results.filter(Boolean).length
    }
    return { done, left: open.length - now.length }
  }
}

// Another decision came first, or its deadline.
function passOver(error: unknown): false {
  const codes = ['already_decided', 'request_expired']
  if (error instanceof ProblemError && codes.includes(error.code)) return false
  throw error
}
