import { ProblemError } from '../packages/client/src/problem.ts'

/**
 * Headers for changing something as shown. Lists have no entity tags, so this sends the tag of a
 * response that matches what was shown.
 * @throws ProblemError `precondition_failed` if it has changed
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

/** Whether somebody else was first, so that it must be read again. */
export function isChanged(error: unknown): boolean {
  return error instanceof ProblemError && error.code === 'precondition_failed'
}
