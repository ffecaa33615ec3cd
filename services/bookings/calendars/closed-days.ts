import { readBody } from '../../../shared/body.ts'
import type { Context } from '../../../shared/context.ts'
import { ProblemError } from '../../../shared/problem.ts'
import type { ClosedDays } from '../../../shared/schemas/calendar.ts'
import { readHolidays } from './holidays.ts'

// A country with all its regions takes about 100 KB.
const bytesMax = 256 * 1024

/** Converts a holiday calendar to the closed days of a policy, without storing it. */
export function createClosedDays({ clock, config }: Pick<Context, 'clock' | 'config'>) {
  /** @throws 415, 413, 400 if it is not UTF-8, 422 naming the faulty line */
  return async (request: Request): Promise<ClosedDays> => {
    const text = decode(await readBody(request, { type: 'text/calendar', bytesMax }))
    const now = Temporal.Instant.fromEpochMilliseconds(clock())
    const days = readHolidays(text, now.toZonedDateTimeISO(config.TIME_ZONE).toPlainDate())
    return { closed: days.map(({ day }) => day), days }
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    const detail = 'The file is not UTF-8. Save it as UTF-8 and send it again.'
    throw new ProblemError({ status: 400, code: 'not_utf8', detail, cause })
  }
}
