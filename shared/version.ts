import { randomInt } from 'node:crypto'
import type { Caller } from './access.ts'
import type { Parameter, ResponseHeaders } from './host/document.ts'
import { hashText } from './hash-text.ts'
import { preconditionFailed } from './problem.ts'

/** A change of one thing: what, by whom, and of which version. */
export interface Change<Body> {
  body: Body
  caller: Caller
  /** The versions that `If-Match` names; undefined: any. */
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
    description:
      'The version and a hash of the response, for `If-Match` and `If-None-Match`. Weak for a ' +
      'list: a hash of the page, so 304 saves the transfer',
    required: true,
    schema: { type: 'string', pattern: '^("v\\d+-|W/")[0-9a-z]+"$', examples: [exampleEtag] },
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

/** The removal of one thing: of which version, and whether what depends on it goes too. */
export interface Removal extends Change<unknown> {
  cascade: boolean
}

// Nine digits, as tags have, with room to count on.
const versionMax = 900_000_000
// More than any honest client sends.
const tagsMax = 100

/** Reads the request of a route that changes something. */
export function readChange<Body>({ body, caller, headers }: ChangeRequest<Body>): Change<Body> {
  // `If-None-Match: *` cannot be met by a change: RFC 9110 section 13.1.2.
  if (headers['if-none-match']?.trim() === '*') return { body, caller, ifMatch: [] }
  return { body, caller, ifMatch: readIfMatch(headers['if-match']) }
}

/** Reads the request of a route that removes something. */
export function readRemoval(request: ChangeRequest<unknown>, cascade: boolean): Removal {
  return { ...readChange(request), cascade }
}

/**
 * The entity tag: the version and a hash of the response (RFC 9110 section 8.8.3). Callers see
 * different parts of a version, and some parts change without a new version, such as the ratings of
 * a book. `If-Match` compares the version, `If-None-Match` the whole tag.
 */
export function toEtag(version: number, shown: unknown): string {
  return `"v${version}-${hashText(JSON.stringify(shown)).toString(36)}"`
}

/** Whether `If-None-Match` names the tag (RFC 9110 section 13.1.2, the weak comparison). */
export function isKnown(header: string | null, etag: string): boolean {
  if (header === null) return false
  return (
    header.trim() === '*' ||
    header.split(',', tagsMax).some((tag) => tag.trim().replace(/^W\//, '') === etag)
  )
}

/** The version of what is not counted: made of what it must be for a change. */
export function toContentVersion(content: object): number {
  return Number(hashText(JSON.stringify(content)) % BigInt(versionMax)) + 1
}

/**
 * The first version of a thing that its caller names and may create again under that name: the tag
 * of a predecessor does not match it.
 */
export function firstVersion(): number {
  return randomInt(1, versionMax)
}

/**
 * Reads `If-Match` (RFC 9110 section 13.1.1).
 * @returns the versions the caller accepts, at most a hundred; undefined without the header and for
 *   `*`
 * @throws 412 when none of its tags can be ours
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
