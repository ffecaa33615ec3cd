import { Elysia, t } from 'elysia'
import { access, type Caller } from '../../shared/access.ts'
import {
  sendCreatedVersionAt,
  sendNothing,
  sendPage,
  sendVersioned,
  type CreatedVersion,
} from '../../shared/answer.ts'
import { readChange } from '../../shared/version.ts'
import { pageQuery } from '../../shared/page.ts'
import { changes, lists, reads, readsVersion, removes } from '../../shared/convention.ts'
import { FileHash, type FileRecord } from '../../shared/schemas/file.ts'
import { text } from '../../shared/schemas/primitive.ts'
import { receives } from './document.ts'
import type { FileChoice } from './files.ts'
import { models } from './models.ts'
import type { FilesService } from './service.ts'

const params = t.Object({ file_hash: FileHash })
const file_name = t.String({
  maxLength: 1000,
  description: 'The name, if the body consists of the bytes',
})
const q = text(255, 0, 'Part of the name, in any case')
/** Administrators may name the owner of a record. */
export const ownerQuery = {
  owner: t.Optional(text(100, 0, "The record's owner; only administrators may name others")),
}

/** A user's files: `/api/files`. */
export function collectionRoutes({ files, quota, upload }: FilesService) {
  return new Elysia({ prefix: '/api/files', tags: ['files'], normalize: false })
    .use(access)
    .use(models)
    .post('', (c) => sendFile(c, upload(c.request, c.caller, c.query.file_name)), {
      ...receives({
        uploadFile: 'Upload a form with `upfile`, or the bytes themselves with `?file_name=`',
      }),
      access: 'member',
      parse: 'none',
      query: t.Object({ file_name: t.Optional(file_name) }),
    })
    .get('', (c) => sendPage(c, files.list(c.caller, c.query)), {
      ...lists('FileRecordList', { listFiles: 'List your files, newest first' }, 403),
      access: 'member',
      query: t.Object({ ...pageQuery, ...ownerQuery, q: t.Optional(q) }),
    })
    .get('/usage', ({ caller }) => quota.readUsage(caller), {
      ...reads('FileUsage', { getFileUsage: 'Get your quota and usage' }),
      access: 'member',
    })
}

/** One record, a user's name for some bytes: `/api/files/{file_hash}`. */
export function fileRoutes({ files }: FilesService) {
  return new Elysia({ prefix: '/api/files', tags: ['files'], normalize: false })
    .use(access)
    .use(models)
    .get('/:file_hash', (c) => sendVersioned(c, files.get(readChoice(c))), {
      ...readsVersion('FileRecord', { getFile: 'Get a file record' }),
      access: 'owner',
      params,
      query: t.Object(ownerQuery),
    })
    .put('/:file_hash', (c) => sendVersioned(c, files.change(readChoice(c), readChange(c))), {
      ...changes('FileRecord', { changeFile: 'Change the name and type of a file' }),
      access: 'owner',
      params,
      query: t.Object(ownerQuery),
      body: 'FileChange',
    })
    .delete('/:file_hash', (c) => sendNothing(c, files.remove(readChoice(c), readChange(c))), {
      ...removes({ deleteFile: 'Delete a file' }),
      access: 'owner',
      params,
      query: t.Object(ownerQuery),
    })
}

interface ChoosingRequest {
  params: { file_hash: string }
  query: { owner?: string }
  caller: Caller
}

/** The record a request is about: bytes and owner. */
export function readChoice({ params, query: { owner }, caller }: ChoosingRequest): FileChoice {
  return { ...params, owner, caller }
}

interface Answer {
  set: { status?: number | string; headers: Record<string, string | number> }
}

// A file is identified by its hash, and may have existed before.
async function sendFile(
  answer: Answer,
  uploaded: Promise<CreatedVersion<FileRecord> & { existing: boolean }>,
): Promise<FileRecord> {
  const created = await uploaded
  const toPath = ({ file_hash }: FileRecord) => `/api/files/${file_hash}`
  const record = await sendCreatedVersionAt(answer, created, toPath)
  if (created.existing) answer.set.status = 200
  return record
}
