import type { ResponseHeaders } from './host/document.ts'
import { nextLink, type Page } from './page.ts'
import { etagHeader, isKnown, toEtag } from './version.ts'

/** A thing just created or, for a retry, the stored response. */
export interface Created<T> {
  value: T
  replayed: boolean
}

/** A thing and the version that was read. */
export interface Versioned<T> {
  value: T
  version: number
}

/** A thing, its version, and whether this is the stored response of a change made once. */
export type VersionedOnce<T> = Versioned<T> & Pick<Created<T>, 'replayed'>

type MaybePromise<T> = T | Promise<T>

interface Answer {
  path: string
  request: Request
  set: { status?: number | string; headers: Record<string, string | number> }
}

/** For the document: what `sendCreated` sets. */
export const createdHeaders = {
  location: {
    description: 'The URL of what was created',
    required: true,
    schema: { type: 'string', format: 'uri-reference' },
  },
  ...replayedHeader(),
} as const satisfies ResponseHeaders

/** For the document: what `sendCreatedVersion` sets. */
export const createdVersionHeaders = { ...createdHeaders, ...etagHeader }

/** For the document: what `toAttachment` makes. */
export const attachmentHeaders = {
  'content-disposition': {
    description: '`attachment`, and the name of the file',
    required: true,
    schema: { type: 'string' },
  },
} as const satisfies ResponseHeaders

/** Headers of a file to save under a name in ASCII (RFC 6266). */
export function toAttachment(fileName: string): Record<string, string> {
  return { 'content-disposition': `attachment; filename="${fileName}"` }
}

const breaks = new WeakMap<Response, Promise<unknown>>()

/** What breaks off a response of `streamFile`, for the log; only the first call returns it. */
export function takeBreak(response: Response): Promise<unknown> | undefined {
  const found = breaks.get(response)
  breaks.delete(response)
  return found
}

/** A file to save, sent as its text is made. A fault breaks it off. */
export function streamFile(
  text: AsyncGenerator<string>,
  { type, name }: { type: string; name: string },
): Response {
  const utf8 = new TextEncoder()
  const fault = Promise.withResolvers<unknown>()
  const body = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const next = await text.next().catch((error: unknown) => fault.resolve(error))
      // Bun would print a reason.
      if (!next) controller.error()
      else if (next.done) controller.close()
      else controller.enqueue(utf8.encode(next.value))
    },
    cancel: async () => void (await text.return(undefined)),
  })
  const headers = { 'content-type': type, ...toAttachment(name) }
  const response = new Response(body, { headers })
  breaks.set(response, fault.promise)
  return response
}

/** For the document: what `sendCreatedTogether` sets. */
export const createdTogetherHeaders: ResponseHeaders = replayedHeader()

/** For the document: what marks a stored response. */
export function replayedHeader() {
  return {
    'idempotent-replayed': {
      description: 'Present when this is the stored response of an earlier request with this key',
      schema: { type: 'string', enum: ['true'] },
    },
  }
}

/** Answers 201 with `Location`, below the path of the request, and marks a stored response. */
export function sendCreated<T extends { id: string | number }>(
  answer: Answer,
  created: MaybePromise<Created<T>>,
): Promise<T> {
  const parent = answer.path.replace(/\/$/, '')
  return sendCreatedAt(answer, created, ({ id }) => `${parent}/${id}`)
}

/** Answers 201 with the `Location` that `locate` gives, and marks a stored response. */
export async function sendCreatedAt<T>(
  answer: Pick<Answer, 'set'>,
  created: MaybePromise<Created<T>>,
  locate: (value: T) => string,
): Promise<T> {
  const value = await sendCreatedTogether(answer, created)
  answer.set.headers['location'] = locate(value)
  return value
}

/** A thing just created and its version; 1 when the member is missing. */
export type CreatedVersion<T> = Created<T> & { version?: number | undefined }

/** Separates the version from a stored response; those of earlier releases have none. */
export function withVersion<T extends object>(
  created: Created<T & { version: number }>,
): CreatedVersion<Omit<T, 'version'>> {
  const { version, ...value } = created.value
  return { ...created, value, version }
}

/** As `sendCreated`, with the `ETag`, so that a change needs no read first. */
export async function sendCreatedVersion<T extends { id: string | number }>(
  answer: Answer,
  created: MaybePromise<CreatedVersion<T>>,
): Promise<T> {
  const made = await created
  tagCreated(answer, made)
  return sendCreated(answer, made)
}

/** As `sendCreatedAt`, with the `ETag`. */
export async function sendCreatedVersionAt<T>(
  answer: Pick<Answer, 'set'>,
  created: MaybePromise<CreatedVersion<T>>,
  locate: (value: T) => string,
): Promise<T> {
  const made = await created
  tagCreated(answer, made)
  return sendCreatedAt(answer, made, locate)
}

function tagCreated<T>({ set }: Pick<Answer, 'set'>, created: CreatedVersion<T>): void {
  const version = 'version' in created ? created.version : 1
  if (version !== undefined) set.headers['etag'] = toEtag(version, created.value)
}

/** Answers 201 for several things at once, without a `Location`; marks a stored response. */
export async function sendCreatedTogether<T>(
  { set }: Pick<Answer, 'set'>,
  created: MaybePromise<Created<T>>,
): Promise<T> {
  const { value, replayed } = await created
  set.status = 201
  if (replayed) set.headers['idempotent-replayed'] = 'true'
  return value
}

/** Answers with the thing and its `ETag`; a `GET` with 304 when the client has it already. */
export async function sendVersioned<T>(
  { request, set }: Answer,
  versioned: MaybePromise<Versioned<T>>,
): Promise<T> {
  const { value, version } = await versioned
  const etag = toEtag(version, value)
  set.headers['etag'] = etag
  if (!/^(GET|HEAD)$/.test(request.method)) return value
  // Cached by the client only, and revalidated each time (RFC 9111 section 5.2.2).
  set.headers['cache-control'] = 'private, no-cache'
  if (!isKnown(request.headers.get('if-none-match'), etag)) return value
  set.status = 304
  return undefined as T
}

/** As `sendVersioned`, for a change made once; marks a stored response. */
export async function sendVersionedOnce<T>(
  answer: Answer,
  versioned: MaybePromise<VersionedOnce<T>>,
): Promise<T> {
  const done = await versioned
  if (done.replayed) answer.set.headers['idempotent-replayed'] = 'true'
  return sendVersioned(answer, done)
}

/** Sets the `Link` to the next page; `sendList` does the rest for a list. */
export async function sendPage<T>(
  { request, set }: Answer,
  page: MaybePromise<Page<T>>,
): Promise<T[]> {
  const { items, next } = await page
  if (next) set.headers['link'] = nextLink(request, next)
  return items
}

/** Answers 204 as soon as it is done. */
export async function sendNothing({ set }: Answer, done?: Promise<unknown>): Promise<void> {
  await done
  set.status = 204
}
