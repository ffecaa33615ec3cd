import { Elysia, t } from 'elysia'
import { access } from '../../shared/access.ts'
import { FileHash } from '../../shared/schemas/file.ts'
import { bytesAnswer } from './document.ts'
import { toDownload } from './download.ts'
import { ownerQuery } from './file-routes.ts'
import { models } from './models.ts'
import type { FilesService } from './service.ts'

const params = t.Object({ file_hash: FileHash })
const inlineQuery = {
  inline: t.Optional(
    t.Literal('1', { description: 'Show it instead of saving it, if it is of a harmless kind' }),
  ),
}
const answers = {
  200: bytesAnswer,
  206: bytesAnswer,
  302: { description: 'Fetch it from the store itself' },
  304: { description: 'Not changed' },
}

/** The bytes: to who has them, and to whom a link was given. */
export function contentRoutes({ links, download, downloadByLink }: FilesService) {
  return new Elysia({ prefix: '/api/files', tags: ['files'], normalize: false })
    .use(access)
    .use(models)
    .get(
      '/:file_hash/content',
      async ({ request, params, query: { inline, ...query }, caller }) =>
        toDownload(request, await download({ ...params, ...query, caller }), inline === '1'),
      {
        access: 'owner',
        params,
        query: t.Object({ ...ownerQuery, ...inlineQuery }),
        response: { 404: 'Problem', 410: 'Problem', 416: 'Problem' },
        detail: {
          operationId: 'downloadFile',
          summary: 'The bytes, or one range of them',
          responses: answers,
        },
      },
    )
    .post(
      '/:file_hash/links',
      async ({ params, body, caller, set }) => {
        const link = await links.create({ ...params, caller }, body)
        set.status = 201
        set.headers['location'] = link.url
        return link
      },
      {
        access: 'owner',
        params,
        body: 'NewFileLink',
        response: { 201: 'FileLink', 404: 'Problem' },
        detail: {
          operationId: 'createFileLink',
          summary: 'A link that opens the file without a token until it expires',
        },
      },
    )
    .get(
      '/links/:link',
      async ({ request, params, query }) =>
        toDownload(request, await downloadByLink(params.link), query.inline === '1'),
      {
        access: 'public',
        params: t.Object({ link: t.String({ maxLength: 1000 }) }),
        query: t.Object(inlineQuery),
        response: { 404: 'Problem', 410: 'Problem', 416: 'Problem' },
        detail: {
          operationId: 'downloadByLink',
          summary: 'The bytes, by a link somebody was given',
          responses: answers,
        },
      },
    )
}
