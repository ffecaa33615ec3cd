import { createdHeaders } from '../../shared/answer.ts'
import { idempotencyKeyParameter } from '../../shared/idempotency.ts'
import { describe, header, only, tusBody, type Operation } from './document.ts'
import { tusChecksumAlgorithms, tusExtensions, tusVersion } from './tus.ts'

const count = { type: 'integer', minimum: 0 }

/** The headers of tus 1.0.0 (tus.io/protocols/resumable-upload) and related ones. */
const headers = {
  'tus-resumable': { ...header('The version of tus', only(tusVersion)), required: true },
  'tus-version': header('The versions of tus', only(tusVersion)),
  'tus-extension': header('The extensions of tus', only(tusExtensions)),
  'tus-checksum-algorithm': header('For `Upload-Checksum`', only(tusChecksumAlgorithms)),
  'tus-max-size': header('Bytes of the largest upload', count),
  'upload-length': { ...header('Bytes of the whole', count), required: true },
  'upload-offset': { ...header('Bytes that were received', count), required: true },
  'upload-metadata': header('Keys with Base64 values; `filename` names the file'),
  'upload-checksum': header('An algorithm and the Base64 digest of these bytes'),
  'upload-expires': header('When it expires; absent once the upload is complete'),
  'content-location': header('The resulting file, once the upload is complete'),
  'idempotency-key': idempotencyKeyParameter,
  ...createdHeaders,
}

type Name = keyof typeof headers

interface Spoken {
  status: 200 | 201 | 204
  /** Request headers besides `Tus-Resumable`. */
  reads?: readonly Name[]
  /** Response headers besides `Tus-Resumable`. */
  sends?: readonly Name[]
  requestBody?: object
}

const progress = ['upload-offset', 'upload-expires', 'content-location'] as const

const spoken = {
  creation: {
    status: 201,
    reads: ['upload-length', 'upload-metadata', 'idempotency-key'],
    sends: ['location', 'idempotent-replayed', ...progress],
  },
  state: { status: 200, sends: ['upload-length', 'upload-metadata', ...progress] },
  bytes: {
    status: 204,
    reads: ['upload-offset', 'upload-checksum'],
    sends: progress,
    requestBody: tusBody,
  },
  end: { status: 204 },
} satisfies Record<string, Spoken>

/** A route of tus: a status without a body, and headers. */
export function speaksTus<const Refused extends number>(
  step: keyof typeof spoken,
  operation: Operation,
  ...refused: Refused[]
) {
  const { status, reads = [], sends = [], requestBody }: Spoken = spoken[step]
  // Also sent by refusals, except those before the route.
  const { 'tus-resumable': version } = headers
  const said = { 'tus-resumable': { ...version, required: false } }
  const refusals = [401, 422, ...refused].map((refusal) => [refusal, { headers: said }] as const)
  const problems = refused.map((refusal) => [refusal, 'Problem'])
  return {
    response: Object.fromEntries(problems) as { [refusal in Refused]: 'Problem' },
    detail: describe(operation, {
      ...(requestBody && { requestBody }),
      'x-request-headers': pick(['tus-resumable', ...reads]),
      responses: {
        ...Object.fromEntries(refusals),
        [status]: { headers: pick(['tus-resumable', ...sends]) },
        412: {
          description: '`Tus-Resumable` is missing or another version',
          headers: { ...said, ...pick(['tus-version']) },
        },
      },
    }),
  }
}

/** The first request of a client, which need not know tus yet. */
export function describesTus(operation: Operation) {
  const sent = pick(['tus-resumable', 'tus-version', 'tus-extension', ...abilities])
  return { detail: describe(operation, { responses: { 204: { headers: sent } } }) }
}

const abilities = ['tus-checksum-algorithm', 'tus-max-size'] as const

function pick(names: readonly Name[]): object {
  return Object.fromEntries(
    names.map((name) => {
      const { description, schema, required } = { required: false, ...headers[name] }
      return [name, { description, schema, ...(required && { required }) }]
    }),
  )
}
