import { Elysia, t } from 'elysia'
import { access } from '../../shared/access.ts'
import { sendNothing, sendPage, sendVersioned } from '../../shared/answer.ts'
import { readIfMatch } from '../../shared/etag.ts'
import { pageQuery } from '../../shared/page.ts'
import { FileHash } from '../../shared/schemas/file.ts'
import { text } from '../../shared/schemas/primitive.ts'
import { uploadBody } from './document.ts'
import { models } from './models.ts'
import type { FilesService } from './service.ts'

const params = t.Object({ file_hash: FileHash })
/** An administrator may name whose record is meant. */
export const ownerQuery = {
  owner: t.Optional(text(100, 0, 'Whose record; only administrators may name others')),
}

/** All files of a user: add one, list them. */
export function collectionRoutes({ files, quota, upload }: FilesService) {
  return new Elysia({ prefix: '/api/files', tags: ['files'], normalize: false })
    .use(access)
    .use(models)
    .post(
      '',
      async ({ request, caller, query, set }) => {
        const { value, existing, replayed } = await upload(request, caller, query.file_name)
        set.status = existing ? 200 : 201
        set.headers['location'] = `/api/files/${value.file_hash}`
        if (replayed) set.headers['idempotent-replayed'] = 'true'
        return value
      },
      {
        access: 'member',
        parse: 'none',
        query: t.Object({
          file_name: t.Optional(
            t.String({ maxLength: 1000, description: 'The name, when the body is the bytes' }),
          ),
        }),
        response: {
          200: 'FileRecord',
          201: 'FileRecord',
          400: 'Problem',
          403: 'Problem',
          413: 'Problem',
          507: 'Problem',
        },
        detail: {
          operationId: 'uploadFile',
          summary: 'Upload: a form with `upfile`, or the bytes themselves with `?file_name=`',
          requestBody: uploadBody,
        },
      },
    )
    .get(
      '',
      async (context) => sendPage(context, await files.list(context.caller, context.query)),
      {
        access: 'member',
        query: t.Object({
          ...pageQuery,
          ...ownerQuery,
          q: t.Optional(text(255, 0, 'Part of the name, in any case')),
        }),
        response: { 200: 'FileRecordList', 400: 'Problem', 403: 'Problem' },
        detail: { operationId: 'listFiles', summary: 'One’s own files, the newest first' },
      },
    )
    .get('/usage', ({ caller }) => quota.readUsage(caller), {
      access: 'member',
      response: { 200: 'FileUsage' },
      detail: { operationId: 'getFileUsage', summary: 'How much of one’s quota is used' },
    })
}

/** One record: what a user calls some bytes. */
export function fileRoutes({ files }: FilesService) {
  return new Elysia({ prefix: '/api/files', tags: ['files'], normalize: false })
    .use(access)
    .use(models)
    .get(
      '/:file_hash',
      async (context) => {
        const { params, query, caller } = context
        return sendVersioned(context, await files.get({ ...params, ...query, caller }))
      },
      {
        access: 'owner',
        params,
        query: t.Object(ownerQuery),
        response: { 200: 'FileRecord', 404: 'Problem' },
        detail: { operationId: 'getFile', summary: 'What is known of one file' },
      },
    )
    .put(
      '/:file_hash',
      async (context) => {
        const { params, query, caller, body, headers } = context
        const accepted = readIfMatch(headers['if-match'])
        const changed = await files.change({ ...params, ...query, caller, body, accepted })
        return sendVersioned(context, changed)
      },
      {
        access: 'owner',
        params,
        query: t.Object(ownerQuery),
        body: 'FileChange',
        response: { 200: 'FileRecord', 404: 'Problem', 412: 'Problem' },
        detail: { operationId: 'changeFile', summary: 'Rename it, or say what type it is' },
      },
    )
    .delete(
      '/:file_hash',
      async (context) => {
        const { params, query, caller, headers } = context
        const accepted = readIfMatch(headers['if-match'])
        await files.remove({ ...params, ...query, caller, accepted })
        return sendNothing(context)
      },
      {
        access: 'owner',
        params,
        query: t.Object(ownerQuery),
        response: { 404: 'Problem', 412: 'Problem' },
        detail: {
          operationId: 'deleteFile',
          summary: 'Forget it; the bytes go with the last who has them',
          responses: { 204: { description: 'Done; no body' } },
        },
      },
    )
}
