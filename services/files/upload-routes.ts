import { Elysia, t } from 'elysia'
import { access, type Caller } from '../../shared/access.ts'
import { sendCreatedAt, sendNothing, type Created } from '../../shared/answer.ts'
import { readIdempotencyKey, type Creation } from '../../shared/idempotency.ts'
import { Id } from '../../shared/schemas/primitive.ts'
import { models } from './models.ts'
import type { FilesService } from './service.ts'
import type { UploadRow } from './tables.ts'
import { describesTus, speaksTus } from './tus-document.ts'
import {
  readChecksum,
  readCount,
  requireTus,
  requireTusContent,
  tusChecksumAlgorithms,
  tusExtensions,
  tusVersion,
} from './tus.ts'
import type { Append, NewUpload } from './uploads.ts'

const prefix = '/api/uploads'
const options = { prefix, tags: ['files'], normalize: false }
const params = t.Object({ id: Id })
const appendRefusals = [400, 403, 404, 409, 410, 412, 413, 415, 460] as const

/** Resumable uploads by tus 1.0: `/api/uploads`. */
export function uploadsRoutes({ uploads, fileBytesMax }: FilesService) {
  return new Elysia(options)
    .use(access)
    .use(models)
    .onTransform(sayVersion)
    .options('', (c) => sendAbilities(c, fileBytesMax), {
      ...describesTus({ describeUploads: 'Get the supported tus version and extensions' }),
      access: 'public',
    })
    .post('', (c) => sendNew(c, uploads.create(readNew(c))), {
      ...speaksTus('creation', { createUpload }, 400, 403, 409, 412, 413),
      access: 'member',
      parse: 'none',
    })
}

/** One resumable upload: `/api/uploads/{id}`. */
export function uploadRoutes({ uploads }: FilesService) {
  return new Elysia(options)
    .use(access)
    .use(models)
    .onTransform(sayVersion)
    .head('/:id', (c) => sendState(c, uploads.find(readId(c), c.caller)), {
      ...speaksTus('state', { getUploadOffset: 'Get the offset of an upload' }, 404, 410, 412),
      access: 'owner',
      params,
    })
    .patch('/:id', (c) => sendProgress(c, uploads.append(readAppend(c)), 204), {
      ...speaksTus('bytes', { appendToUpload: 'Append bytes to an upload' }, ...appendRefusals),
      access: 'owner',
      params,
      parse: 'none',
    })
    .delete('/:id', (c) => sendNothing(c, uploads.remove(readId(c), c.caller)), {
      ...speaksTus('end', { deleteUpload: 'Abandon an upload' }, 404, 410, 412),
      access: 'owner',
      params,
    })
}

interface TusRequest {
  headers: Record<string, string | undefined>
  caller: Caller
}

function readNew({ headers, caller }: TusRequest): Creation<NewUpload> {
  requireTus(headers)
  const size = readCount(headers, 'Upload-Length')
  const body = { size, metadata: headers['upload-metadata'] ?? '' }
  return {
    body,
    caller,
    idempotencyKey: readIdempotencyKey({ headers, caller, path: prefix, body }),
  }
}

function readId({ headers, params }: Pick<TusRequest, 'headers'> & { params: { id: string } }) {
  requireTus(headers)
  return params.id
}

function readAppend({
  request,
  headers,
  params,
  caller,
}: TusRequest & { request: Request; params: { id: string } }): Append {
  requireTus(headers)
  requireTusContent(headers)
  const position = readCount(headers, 'Upload-Offset')
  const checksum = readChecksum(headers['upload-checksum'])
  const length = Number(headers['content-length'] ?? 0)
  const bytes = request.body ?? new ReadableStream({ start: (controller) => controller.close() })
  return { ...params, caller, position, length, bytes, checksum }
}

interface Answer {
  set: { status?: number | string; headers: Record<string, string | number> }
}

// Set first, as errors have it too.
function sayVersion({ set }: Answer): void {
  set.headers['tus-resumable'] = tusVersion
}

function sendAbilities({ set }: Answer, fileBytesMax: number): void {
  set.status = 204
  set.headers['tus-version'] = tusVersion
  set.headers['tus-extension'] = tusExtensions
  set.headers['tus-checksum-algorithm'] = tusChecksumAlgorithms
  set.headers['tus-max-size'] = String(fileBytesMax)
}

async function sendNew(answer: Answer, created: Promise<Created<UploadRow>>): Promise<void> {
  const upload = await sendCreatedAt(answer, created, ({ id }) => `${prefix}/${id}`)
  return sendProgress(answer, upload, 201)
}

async function sendState(answer: Answer, found: Promise<UploadRow>): Promise<void> {
  const upload = await found
  answer.set.headers['upload-length'] = String(upload.size)
  if (upload.metadata !== '') answer.set.headers['upload-metadata'] = upload.metadata
  return sendProgress(answer, upload, 200)
}

async function sendProgress(
  { set }: Answer,
  upload: UploadRow | Promise<UploadRow>,
  status: 200 | 201 | 204,
): Promise<void> {
  const { received, expires, file_hash } = await upload
  set.status = status
  set.headers['upload-offset'] = String(received)
  set.headers['cache-control'] = 'no-store'
  if (file_hash === null) set.headers['upload-expires'] = new Date(expires).toUTCString()
  else set.headers['content-location'] = `/api/files/${file_hash}`
}

const createUpload = 'Start a resumable upload'
