import { ProblemError } from '../packages/client/src/problem.ts'

/**
 * Headers of a change of what is shown. A list has no entity tags: the tag that is sent is that of
 * an answer which says what was shown.
 * @throws ProblemError `precondition_failed` when it is no longer that
 */
export async function ifShown(shown: object, read: Promise<{ data: unknown; response: Response }>) {
  const { data, response } = await read
  if (JSON.stringify(data) !== JSON.stringify(shown)) throw changedMeanwhile()
  return { headers: { 'if-match': response.headers.get('etag') ?? '' } }
}

export function changedMeanwhile(): ProblemError {
  const words = { title: 'Precondition Failed', detail: 'It is no longer what was shown.' }
  return new ProblemError({
    type: 'about:blank',
    status: 412,
    code: 'precondition_failed',
    ...words,
  })
}

/** Whether somebody else was first: what is shown has to be read again. */
export function isChanged(error: unknown): boolean {
  return error instanceof ProblemError && error.code === 'precondition_failed'
}
