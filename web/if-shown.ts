import { ProblemError } from '../packages/client/src/problem.ts'
import { InputError } from './error-text.ts'
import { t } from './i18n.ts'

/** Somebody else was first, and nothing was done. */
class ChangedError extends InputError {}

/**
 * Headers for changing something as shown. Lists have no entity tags, so this sends the tag of a
 * response that matches what was shown.
 * @param describe for a reader, if it has changed
 * @throws ChangedError
 */
export async function ifShown<Thing extends object>(
  shown: Thing,
  read: Promise<{ data: unknown; response: Response }>,
  describe: (now: Thing) => string,
) {
  const { data, response } = await read
  if (JSON.stringify(data) !== JSON.stringify(shown))
    throw changedMeanwhile(describe(data as Thing))
  return { headers: ifMatch(response) }
}

/** The header that changes only the version of a response. */
export function ifMatch({ headers }: Response) {
  return { 'if-match': headers.get('etag') ?? '' }
}

/** @param now what it is, if that is known */
export function changedMeanwhile(now?: string): Error {
  return new ChangedError(now ? t('error.changed_to', { now }) : t('error.changed'))
}

/** Whether somebody else was first, so that it must be read again. */
export function isChanged(error: unknown): boolean {
  const isRefused = error instanceof ProblemError && error.code === 'precondition_failed'
  return isRefused || error instanceof ChangedError
}
