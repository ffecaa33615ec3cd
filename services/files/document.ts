import { createdHeaders } from '../../shared/answer.ts'
import { createsVersion } from '../../shared/promise.ts'
import { etagHeader } from '../../shared/version.ts'
import { tusContentType } from './tus.ts'

/** One operation and its line in the document. */
export type Operation = Record<string, string>

const binary = { type: 'string' as const, format: 'binary' }

// What the routes say that read their body themselves.
const uploadBody = {
  required: true,
  content: {
    'multipart/form-data': {
      schema: {
        type: 'object' as const,
        properties: { upfile: binary },
        required: ['upfile'],
        additionalProperties: false,
      },
    },
    'application/octet-stream': { schema: binary },
  },
}

/** The bytes of a resumable upload. */
export const tusBody = {
  required: true,
  content: { [tusContentType]: { schema: binary } },
}

/** 201 with the record of the bytes that came, or 200 with the one that was there. */
export function receives(operation: Operation) {
  const headers = { location: createdHeaders.location, ...etagHeader }
  const { response, detail } = createsVersion('FileRecord', operation, 400, 403, 507)
  return {
    response: { ...response, 200: 'FileRecord' as const, 413: 'Problem' as const },
    detail: {
      ...detail,
      requestBody: uploadBody,
      responses: { 200: { description: 'It was there already', headers } },
    },
  }
}

/** 201 with a link, also in `Location`. No `Idempotency-Key`, as links are not stored. */
export function links(operation: Operation) {
  const { location } = createdHeaders
  return {
    response: { 201: 'FileLink', 404: 'Problem' } as const,
    detail: describe(operation, { responses: { 201: { headers: { location } } } }),
  }
}

/** The bytes, one range of them, or that the client has them (RFC 9110 sections 13 and 14). */
export function downloads(operation: Operation) {
  // Of whatever type they are; generators of clients know the first.
  const content = { 'application/octet-stream': { schema: binary }, '*/*': { schema: binary } }
  const bytes = { content }
  const length = { 'content-length': header('Of what is sent', { type: 'integer' }) }
  const range = { 'content-range': header('`bytes 0-99/1000`; `bytes */1000` past the end') }
  const location = header('Where the store itself hands it out')
  return {
    response: { 404: 'Problem', 410: 'Problem', 416: 'Problem' } as const,
    detail: describe(operation, {
      'x-request-headers': {
        range: header('One range of bytes: `bytes=0-99`, `bytes=100-`, `bytes=-100`'),
        'if-range': header('The `ETag` the range is of; another one: all of the bytes'),
        'if-none-match': header('The `ETag` of what the client has'),
      },
      responses: {
        200: { ...bytes, headers: { ...contentHeaders, ...length } },
        206: { ...bytes, headers: { ...contentHeaders, ...length, ...range } },
        302: { description: 'Fetch it from the store itself', headers: { location } },
        304: { headers: contentHeaders },
        416: { headers: range },
      },
    }),
  }
}

const contentHeaders = {
  etag: header('The SHA-256 of the bytes'),
  'accept-ranges': header('There are ranges', only('bytes')),
  'cache-control': header('Bytes of a hash never change'),
  'content-disposition': header('`attachment` or `inline`, and the name'),
  'content-security-policy': header('Should a browser take it for a page: nothing of it runs'),
}

/** A schema of one text. An `enum`, as generators know no `const` in a header. */
export function only(text: string): object {
  return { type: 'string', enum: [text] }
}

export function header(description: string, schema: object = { type: 'string' }) {
  return { description, schema }
}

/** What a route says of itself in the document. */
export function describe(operation: Operation, more: object): object {
  const [[operationId, summary] = ['', '']] = Object.entries(operation)
  return { operationId, summary, ...more }
}
