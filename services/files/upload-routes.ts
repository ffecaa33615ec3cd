import { Elysia, t } from 'elysia'
import { access } from '../../shared/access.ts'
import { readRepeatKey } from '../../shared/idempotency.ts'
import { Id } from '../../shared/schemas/primitive.ts'
import { tusBody } from './document.ts'
import { models } from './models.ts'
import type { FilesService } from './service.ts'
import type { UploadRow } from './tables.ts'
import {
  readChecksum,
  readCount,
  requireTus,
  requireTusContent,
  tusChecksumAlgorithms,
  tusExtensions,
  tusVersion,
} from './tus.ts'
import type { Uploads } from './uploads.ts'

const prefix = '/api/uploads'
const options = { prefix, tags: ['files'], normalize: false }
const params = t.Object({ id: Id })
const done = { 204: { description: 'Done; no body' } }

/** Resumable uploads by the rules of tus 1.0: begin one, and learn what can be done. */
export function uploadsRoutes({ uploads, fileBytesMax }: FilesService) {
  return new Elysia(options)
    .use(access)
    .use(models)
    .onTransform(sayVersion)
    .options(
      '',
      ({ set }) => {
        set.status = 204
        set.headers['tus-version'] = tusVersion
        set.headers['tus-extension'] = tusExtensions
        set.headers['tus-checksum-algorithm'] = tusChecksumAlgorithms
        set.headers['tus-max-size'] = String(fileBytesMax)
      },
      {
        access: 'public',
        detail: {
          operationId: 'describeUploads',
          summary: 'What of tus is spoken here',
          responses: done,
        },
      },
    )
    .post(
      '',
      async ({ headers, set, caller }) => {
        requireTus(headers)
        const size = readCount(headers, 'Upload-Length')
        const metadata = headers['upload-metadata'] ?? ''
        const body = { size, metadata }
        const repeat = readRepeatKey({ headers, caller, path: prefix, body })
        const { upload, replayed } = await uploads.create(caller, { ...body, repeat })
        set.headers['location'] = `${prefix}/${upload.id}`
        if (replayed) set.headers['idempotent-replayed'] = 'true'
        return sayProgress(set, upload, 201)
      },
      {
        access: 'member',
        parse: 'none',
        response: {
          400: 'Problem',
          403: 'Problem',
          409: 'Problem',
          412: 'Problem',
          413: 'Problem',
        },
        detail: {
          operationId: 'createUpload',
          summary: 'Begin a resumable upload (tus 1.0) of `Upload-Length` bytes',
          responses: { 201: { description: 'Send the bytes to `Location`' } },
        },
      },
    )
}

/** One resumable upload: how far it is, more bytes, give it up. */
export function uploadRoutes({ uploads }: FilesService) {
  return new Elysia(options)
    .use(access)
    .use(models)
    .onTransform(sayVersion)
    .head(
      '/:id',
      async ({ params, headers, set, caller }) => {
        requireTus(headers)
        const upload = await uploads.find(params.id, caller)
        set.headers['upload-length'] = String(upload.size)
        if (upload.metadata !== '') set.headers['upload-metadata'] = upload.metadata
        return sayProgress(set, upload, 200)
      },
      {
        access: 'owner',
        params,
        response: { 404: 'Problem', 410: 'Problem', 412: 'Problem' },
        detail: {
          operationId: 'getUploadOffset',
          summary: 'How many bytes were received',
          responses: { 200: { description: '`Upload-Offset` says it; no body' } },
        },
      },
    )
    .patch(
      '/:id',
      async ({ request, params, headers, set, caller }) =>
        sayProgress(set, await append(uploads, { request, headers, caller, ...params }), 204),
      {
        access: 'owner',
        params,
        parse: 'none',
        response: {
          400: 'Problem',
          403: 'Problem',
          404: 'Problem',
          409: 'Problem',
          410: 'Problem',
          412: 'Problem',
          413: 'Problem',
          415: 'Problem',
          460: 'Problem',
        },
        detail: {
          operationId: 'appendToUpload',
          summary: 'Send the bytes that follow `Upload-Offset`',
          requestBody: tusBody,
          responses: done,
        },
      },
    )
    .delete(
      '/:id',
      async ({ params, headers, set, caller }) => {
        requireTus(headers)
        await uploads.remove(params.id, caller)
        set.status = 204
      },
      {
        access: 'owner',
        params,
        response: { 404: 'Problem', 410: 'Problem', 412: 'Problem' },
        detail: {
          operationId: 'deleteUpload',
          summary: 'Give an upload up',
          responses: done,
        },
      },
    )
}

type Set = { status?: number | string; headers: Record<string, string | number> }

// Before anything can go wrong, as errors say it too.
function sayVersion({ set }: { set: Set }): void {
  set.headers['tus-resumable'] = tusVersion
}

interface AppendRequest {
  request: Request
  headers: Record<string, string | undefined>
  id: string
  caller: Parameters<Uploads['append']>[0]['caller']
}

async function append(
  uploads: Uploads,
  { request, headers, id, caller }: AppendRequest,
): Promise<UploadRow> {
  requireTus(headers)
  requireTusContent(headers)
  const position = readCount(headers, 'Upload-Offset')
  const checksum = readChecksum(headers['upload-checksum'])
  const length = Number(headers['content-length'] ?? 0)
  const bytes = request.body ?? new ReadableStream({ start: (controller) => controller.close() })
  return uploads.append({ id, caller, position, length, bytes, checksum })
}

function sayProgress(set: Set, upload: UploadRow, status: number): void {
  const { received, expires, file_hash } = upload
  set.status = status
  set.headers['upload-offset'] = String(received)
  set.headers['cache-control'] = 'no-store'
  if (file_hash === null) set.headers['upload-expires'] = new Date(expires).toUTCString()
  else set.headers['content-location'] = `/api/files/${file_hash}`
}
