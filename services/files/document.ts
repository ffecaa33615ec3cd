import { createdHeaders } from '../../shared/answer.ts'
import { createsVersion } from '../../shared/convention.ts'
import { etagHeader } from '../../shared/version.ts'
import { tusContentType } from './tus.ts'

/** An operation with its summary. */
export type Operation = Record<string, string>

const binary = { type: 'string' as const, format: 'binary' }

// Documents routes that read the body themselves.
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
    'application/octet-stream': { schema: { ...binary, minLength: 1 } },
  },
}

/** The bytes of a resumable upload. */
export const tusBody = {
  required: true,
  content: { [tusContentType]: { schema: binary } },
}

/** 201 with the record of the received bytes, or 200 with an existing one. */
export function receives(operation: Operation) {
  const headers = { location: createdHeaders.location, ...etagHeader }
  const { response, detail } = createsVersion('FileRecord', operation, 400, 403, 507)
  return {
    response: { ...response, 200: 'FileRecord' as const, 413: 'Problem' as const },
    detail: {
      ...detail,
      requestBody: uploadBody,
      responses: { 200: { description: 'It already existed', headers } },
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

/** All bytes, one range, or 304 (RFC 9110 sections 13 and 14). */
export function downloads(operation: Operation) {
  // Any type; client generators know the first one.
  const content = { 'application/octet-stream': { schema: binary }, '*/*': { schema: binary } }
  const bytes = { content }
  const length = { 'content-length': header('In bytes', { type: 'integer' }) }
  const range = { 'content-range': header('`bytes 0-99/1000`; `bytes */1000` past the end') }
  const location = header('The URL at the store')
  return {
    response: { 404: 'Problem', 410: 'Problem', 416: 'Problem' } as const,
    detail: describe(operation, {
      'x-request-headers': {
        range: header('One range of bytes: `bytes=0-99`, `bytes=100-`, `bytes=-100`'),
        'if-range': header('The `ETag` of the range; if it differs, all bytes are sent'),
        'if-none-match': header("The `ETag` of the client's copy"),
      },
      responses: {
        200: { ...bytes, headers: { ...contentHeaders, ...length } },
        206: { ...bytes, headers: { ...contentHeaders, ...length, ...range } },
        302: { description: 'Download it directly from the store', headers: { location } },
        304: { headers: contentHeaders },
        416: { headers: range },
      },
    }),
  }
}

const contentHeaders = {
  etag: header('The SHA-256 of the bytes'),
  'accept-ranges': header('Ranges are supported', only('bytes')),
  'cache-control': header('Bytes of a hash never change'),
  'content-disposition': header('`attachment` or `inline`, and the name'),
  'content-security-policy': header('If a browser takes it for a page, nothing in it runs'),
}

/** A schema for one string. An `enum`, as generators do not support `const` in headers. */
export function only(text: string): object {
  return { type: 'string', enum: [text] }
}

export function header(description: string, schema: object = { type: 'string' }) {
  return { description, schema }
}

/** The description of a route in the document. */
export function describe(operation: Operation, more: object): object {
  const [[operationId, summary] = ['', '']] = Object.entries(operation)
  return { operationId, summary, ...more }
}
