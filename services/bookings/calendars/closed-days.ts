import type { Context } from '../../../shared/context.ts'
import { ProblemError } from '../../../shared/problem.ts'
import type { ClosedDays } from '../../../shared/schemas/calendar.ts'
import { readHolidays } from './holidays.ts'

// Of a country with all its regions it is some 100 KB.
const bytesMax = 256 * 1024

/** Reads the days on which a policy closes from a calendar of holidays. Nothing is kept of it. */
export function createClosedDays({ clock, config }: Pick<Context, 'clock' | 'config'>) {
  /** @throws 415, 413, 400 when it is not UTF-8, 422 that names the line of a fault */
  return async ({ body, headers }: Request): Promise<ClosedDays> => {
    const type = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
    if (type !== 'text/calendar' || !body) throw unsupported()
    const text = await readText(body)
    const now = Temporal.Instant.fromEpochMilliseconds(clock())
    const days = readHolidays(text, now.toZonedDateTimeISO(config.timeZone).toPlainDate())
    return { closed: days.map(({ day }) => day), days }
  }
}

async function readText(body: ReadableStream<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.byteLength
    if (size > bytesMax) throw tooLarge()
    chunks.push(chunk)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
  } catch (cause) {
    const detail = 'The file is not UTF-8. Save it as UTF-8 and send it again.'
    throw new ProblemError({ status: 400, code: 'not_utf8', detail, cause })
  }
}

function unsupported(): ProblemError {
  return new ProblemError({
    status: 415,
    code: 'unsupported_media_type',
    detail: 'Send the file as text/calendar.',
  })
}

function tooLarge(): ProblemError {
  return new ProblemError({
    status: 413,
    code: 'body_too_large',
    detail: `A calendar may have at most ${bytesMax} bytes. Leave past years out.`,
  })
}
