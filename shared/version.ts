import { randomInt } from 'node:crypto'
import type { Caller } from './access.ts'
import type { Parameter, ResponseHeaders } from './host/document.ts'
import { preconditionFailed, unavailable } from './problem.ts'

/** A change of one thing: what, by whom, and of which versions. */
export interface Change<Body> {
  body: Body
  caller: Caller
  /** The versions that `If-Match` names; undefined: whichever is there. */
  ifMatch: number[] | undefined
}

interface ChangeRequest<Body> {
  body: Body
  caller: Caller
  headers: Record<string, string | undefined>
}

const exampleEtag = '"v3-1xk0dq7m2c4sh"'

/** For the document: what `sendVersioned` sets. */
export const etagHeader: ResponseHeaders = {
  etag: {
    description: 'The version and what is shown of it, for `If-Match` and `If-None-Match`',
    required: true,
    schema: { type: 'string', pattern: '^"v\\d+-[0-9a-z]+"$', examples: [exampleEtag] },
  },
}

/** For the document: what `readChange` reads. */
export const ifMatchParameter: Parameter = {
  name: 'if-match',
  in: 'header',
  description: 'The `ETag` that was read: 412 when another change came first',
  schema: { type: 'string', examples: [exampleEtag] },
}

/** For the document: what `sendVersioned` reads. */
export const ifNoneMatchParameter: Parameter = {
  name: 'if-none-match',
  in: 'header',
  description: 'The `ETag` that was read: 304 while nothing changed',
  schema: { type: 'string', examples: [exampleEtag] },
}

/** Removing one thing: of which versions, and whether what depends on it goes with it. */
export interface Removal extends Change<unknown> {
  cascade: boolean
}

// Nobody has read more versions of one thing than this, and still accepts all of them.
const tagsMax = 100

/** What a route that changes something is asked for. */
export function readChange<Body>({ body, caller, headers }: ChangeRequest<Body>): Change<Body> {
  // What is not there cannot be changed, and what is there is not wanted: RFC 9110 section 13.1.2.
  if (headers['if-none-match']?.trim() === '*') return { body, caller, ifMatch: [] }
  return { body, caller, ifMatch: readIfMatch(headers['if-match']) }
}

/** What a route that removes something is asked for. */
export function readRemoval(request: ChangeRequest<unknown>, cascade: boolean): Removal {
  return { ...readChange(request), cascade }
}

/**
 * The entity tag of what is shown of a version (RFC 9110 section 8.8.3). Callers see different
 * parts of one version, and parts that do not count as a change, such as the ratings of a book:
 * `If-Match` compares the version, `If-None-Match` all of it.
 */
export function toEtag(version: number, shown: unknown): string {
  return `"v${version}-${Bun.hash(JSON.stringify(shown)).toString(36)}"`
}

/** Whether `If-None-Match` names the tag (RFC 9110 section 13.1.2, the weak comparison). */
export function isKnown(header: string | null, etag: string): boolean {
  if (header === null) return false
  return (
    header.trim() === '*' ||
    header.split(',', tagsMax).some((tag) => tag.trim().replace(/^W\//, '') === etag)
  )
}

/**
 * The version to begin with of what is named by its caller and may be made again under that name:
 * a tag of its predecessor does not fit it.
 */
export function firstVersion(): number {
  return randomInt(1, 900_000_000)
}

/**
 * Reads `If-Match` (RFC 9110 section 13.1.1).
 * @returns the versions the caller accepts, at most a hundred; undefined for none given and `*`
 * @throws 412 when no tag in it can be one of ours
 */
function readIfMatch(header: string | undefined): number[] | undefined {
  if (header === undefined || header.trim() === '*') return undefined
  // A weak tag never matches here: RFC 9110 section 8.8.3.2.
  const tags = header.matchAll(/(?<!W\/)"v(\d{1,9})(?:-[0-9a-z]{1,13})?"/g).take(tagsMax)
  const versions = [...tags].map((match) => Number(match[1]))
  if (versions.length === 0) throw preconditionFailed()
  return versions
}

/** @throws 412 unless the version is among those the caller accepts */
export function requireMatch(version: number, ifMatch: number[] | undefined): void {
  if (ifMatch && !ifMatch.includes(version)) throw preconditionFailed()
}

/**
 * Whether `If-None-Match` names a tag: the client has it. Compared weakly, so `W/` does not matter
 * (RFC 9110 section 13.1.2).
 */
export function namesTag(header: string | null, etag: string): boolean {
  const tags = header?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? []
  return tags.includes('*') || tags.includes(etag)
}

// Each attempt loses only to another change that was made meanwhile.
const attemptsUsual = 5

/**
 * Repeats a change that lost to another one: who named no version cannot have meant the wrong one.
 * @param attempt reads the thing, requires a match, changes it where it still is as it was read;
 *   undefined when it was not
 * @param attemptsMax more than a few where many want the same and each loss is somebody's gain
 * @throws 503 when it loses all the time
 */
export async function retryOnConflict<T>(
  attempt: () => Promise<T | undefined>,
  attemptsMax = attemptsUsual,
): Promise<T> {
  for (let attempts = 0; attempts < attemptsMax; attempts++) {
    const done = await attempt()
    if (done !== undefined) return done
  }
  throw unavailable('change_busy', 'Too many concurrent changes. Please retry.')
}
