import type { Caller } from '../../shared/access.ts'
import type { Context } from '../../shared/context.ts'
import { prunableIdempotencyKeys, readIdempotencyKey } from '../../shared/idempotency.ts'
import { fold } from '../../shared/fold.ts'
import { invalid, ProblemError } from '../../shared/problem.ts'
import { folded, refold } from '../../shared/refold.ts'
import { createCheck } from './check.ts'
import { createContents, type Received, type WithBody } from './contents.ts'
import type { Download, Downloadable } from './download.ts'
import { toFileName } from './file-name.ts'
import { createFiles, type FileChoice } from './files.ts'
import { createLeaving } from './leaving.ts'
import { createLinks } from './links.ts'
import { fileTooLarge } from './measure.ts'
import { readUpfile } from './multipart.ts'
import { openBlobs } from './open-blobs.ts'
import { createPhotos } from './photos.ts'
import { createPins } from './pins.ts'
import { createQuota, type Transfer } from './quota.ts'
import { filesTables } from './tables.ts'
import { createFileEvents } from './events/file-events.ts'
import { createUploads } from './uploads.ts'

/** The rules of files and their owners. */
export function filesService(context: Context) {
  const { store, config } = context
  const tables = filesTables(store.columns)
  const blobs = openBlobs(config)
  const contents = createContents(context, tables, blobs)
  const quota = createQuota(context, tables)
  const pins = createPins(context, tables, { contents, quota })
  const files = createFiles(context, tables, { contents, pins, quota })
  const links = createLinks(context, { files, pins })
  const uploads = createUploads(context, { tables, blobs, contents, files, quota })
  context.check('blobs', blobs.ping)
  const fileEvents = createFileEvents(context, tables)
  const { sweep } = createCheck(context, { tables, blobs, contents })
  context.onUsersRemoved(async (userIds) => {
    await uploads.forget(userIds)
    await files.forget(userIds)
  })
  context.every(600, 'prune uploads', uploads.prune)
  context.prune(uploads.prunable)
  context.every(3600, 'sweep blobs', sweep)
  context.onUsersRemoved(fileEvents.forget)
  context.prune(fileEvents.prunable)
  context.prune(prunableIdempotencyKeys(store))
  refold(context, {
    files: folded(tables.files, [tables.files.file_hash, tables.files.owner], (row) => ({
      search_name: fold(row.file_name),
    })),
  })

  /** Receives a file: a form with `upfile`, or the bytes with a name in the query. */
  async function upload(request: Request, caller: Caller, given: string | undefined) {
    const length = Number(request.headers.get('content-length') ?? 0)
    const isForm = /^multipart\/form-data\b/i.test(request.headers.get('content-type') ?? '')
    // A form is slightly larger than its file, which is measured as it arrives.
    if (!isForm && length > config.MAX_FILE_BYTES) throw fileTooLarge(config.MAX_FILE_BYTES)
    if (!isForm && given === undefined) throw nameMissing()
    if (!hasBytes(request)) throw bodyMissing()
    const headers = { 'idempotency-key': request.headers.get('idempotency-key') ?? undefined }
    const identity = { headers, caller, path: '/api/files' }
    // A bad key is refused before its bytes are stored; the hash of a good one includes theirs.
    readIdempotencyKey({ ...identity, body: undefined })
    const transfer = await quota.begin(caller, isForm ? 0 : length)
    const receive = isForm ? receiveForm : receiveBody
    const named = await receive(request, transfer, given ?? '').finally(transfer.end)
    const file_name = toFileName(named.name)
    const { file_hash } = named.received
    const idempotencyKey = readIdempotencyKey({ ...identity, body: { file_hash, file_name } })
    return files.add(named.received, {
      file_name,
      caller,
      ...(idempotencyKey && { idempotencyKey }),
    })
  }

  async function receiveBody(request: WithBody, { observe }: Transfer, name: string) {
    const received = await contents.receiveBody(request, {
      sizeMax: config.MAX_FILE_BYTES,
      observe,
    })
    // Sent in chunks, as by a pipe that failed.
    if (received.size === 0) {
      await contents.discardUnlessKept(received)
      throw bodyMissing()
    }
    return { name, received }
  }

  function receiveForm(
    request: Request,
    { observe }: Transfer,
  ): Promise<{ name: string; received: Received }> {
    return readUpfile(
      request,
      async (name, bytes) => ({
        name,
        received: await contents.receive(observe(bytes), config.MAX_FILE_BYTES),
      }),
      ({ received }) => contents.discardUnlessKept(received),
    )
  }

  /** The response to a download. @throws 410 if the bytes were lost */
  async function download(file: Downloadable): Promise<Download> {
    const { bytes, blob_key } = await contents.open(file.file_hash)
    const redirect = (type: string, disposition: string) =>
      blobs.redirect(blob_key, { size: file.size, type, disposition })
    return { ...file, bytes, redirect }
  }

  return {
    files,
    quota,
    fileEvents,
    leaving: createLeaving(context, tables, { fileEvents, quota }),
    links,
    pins,
    photos: createPhotos({ files, pins, contents }),
    uploads,
    fileBytesMax: config.MAX_FILE_BYTES,
    upload,
    download: async (choice: FileChoice) => download(await files.find(choice)),
    downloadByLink: async (link: string) => download(await links.open(link)),
  }
}

export type FilesService = ReturnType<typeof filesService>

// Clients write the same for an empty file and for a body that was forgotten.
function hasBytes(request: Request): request is WithBody {
  return request.body !== null && request.headers.get('content-length') !== '0'
}

function bodyMissing(): ProblemError {
  const detail = 'There is no body. Send the bytes; an empty file is sent in a form, as upfile.'
  return new ProblemError({ status: 400, code: 'body_missing', detail })
}

function nameMissing() {
  return invalid([{ pointer: '?file_name', detail: 'Name the file, or send a form with upfile' }])
}
