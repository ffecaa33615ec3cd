import { conflict, ProblemError } from '../../shared/problem.ts'
import { day_ms } from '../../shared/duration.ts'

/** Since the last bytes arrived. Longer than a night without a network. */
export const keptFor_ms = day_ms
/** The limit of an S3 upload. Clients that send tiny chunks are refused. */
export const partsMax = 10_000
/** Per user. */
export const unfinishedMax = 100
/** Per user: how many of those that finished are kept, for clients that did not hear of the end. */
export const finishedMax = 100

export function wrongPosition(received: number): ProblemError {
  return conflict('upload_offset_wrong', `Received so far: ${received} bytes. Send what follows.`, {
    received,
  })
}

export function tooManyBytes(size: number): ProblemError {
  return new ProblemError({
    status: 413,
    code: 'upload_too_long',
    detail: `The upload was announced with ${size} bytes; these exceed it.`,
  })
}

export function tooManyUnfinished(): ProblemError {
  return conflict(
    'too_many_uploads',
    `You may have ${unfinishedMax} unfinished uploads, together as large as your quota. ` +
      'Finish or delete some, or wait until they expire.',
  )
}

export function tooManyParts(): ProblemError {
  return conflict(
    'too_many_parts',
    `An upload may have ${partsMax} parts. Delete it, and send more bytes at once.`,
  )
}

export function expired(): ProblemError {
  return new ProblemError({
    status: 410,
    code: 'upload_expired',
    detail: 'The upload expired after a day without data. Start a new one.',
  })
}
