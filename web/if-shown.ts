import { ApiError, toProblem } from './api.ts'

interface VersionedAnswer {
  data: unknown
  error: { status: unknown; value: unknown } | null
  response: Response
}

/**
 * Headers of a change of what is shown. A list has no entity tags: the tag that is sent is that of
 * an answer which says what was shown.
 * @throws ApiError `precondition_failed` when it is no longer that
 */
export async function ifShown(shown: object, read: Promise<VersionedAnswer>) {
  const { data, error, response } = await read
  if (error) throw new ApiError(toProblem(error.value, Number(error.status)))
  if (JSON.stringify(data) !== JSON.stringify(shown)) throw changedMeanwhile()
  return { headers: { 'if-match': response.headers.get('etag') ?? '' } }
}

export function changedMeanwhile(): ApiError {
  const words = { title: 'Precondition Failed', detail: 'It is no longer what was shown.' }
  return new ApiError({ type: 'about:blank', status: 412, code: 'precondition_failed', ...words })
}

/** Whether somebody else was first: what is shown has to be read again. */
export function isChanged(error: unknown): boolean {
  return error instanceof ApiError && error.problem.code === 'precondition_failed'
}
