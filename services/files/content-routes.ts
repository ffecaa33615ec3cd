import { Elysia, t } from 'elysia'
import { access } from '../../shared/access.ts'
import { FileHash, type FileLink } from '../../shared/schemas/file.ts'
import { downloads, links } from './document.ts'
import { toDownload, type Download } from './download.ts'
import { ownerQuery, readChoice } from './file-routes.ts'
import { models } from './models.ts'
import type { FilesService } from './service.ts'

const params = t.Object({ file_hash: FileHash })
const inlineQuery = {
  inline: t.Optional(
    t.Literal('1', { description: 'Display it instead of saving it, if its type is harmless' }),
  ),
}

/** Downloads by owners, and by links. */
export function contentRoutes(service: FilesService) {
  return new Elysia({ prefix: '/api/files', tags: ['files'], normalize: false })
    .use(access)
    .use(models)
    .get('/:file_hash/content', (c) => sendBytes(c, service.download(readChoice(c))), {
      ...downloads({ downloadFile: 'Download a file, or a range of it' }),
      access: 'owner',
      params,
      query: t.Object({ ...ownerQuery, ...inlineQuery }),
    })
    .post('/:file_hash/links', (c) => sendLink(c, service.links.create(readOwn(c), c.body ?? {})), {
      ...links({ createFileLink: 'Create a link that opens a file without a token' }),
      access: 'owner',
      params,
      body: 'NewFileLink',
    })
    .get('/links/:link', (c) => sendBytes(c, service.downloadByLink(c.params.link)), {
      ...downloads({ downloadByLink: 'Download a file by a link' }),
      access: 'public',
      // Contains a name of 255 characters of up to four bytes each.
      params: t.Object({ link: t.String({ maxLength: 2000 }) }),
      query: t.Object(inlineQuery),
    })
}

// A link is for the record found without an owner.
function readOwn({ params, caller }: Parameters<typeof readChoice>[0]) {
  return { ...params, caller }
}

async function sendBytes(
  { request, query }: { request: Request; query: { inline?: '1' } },
  download: Promise<Download>,
): Promise<Response> {
  return toDownload(request, await download, query.inline === '1')
}

interface Answer {
  set: { status?: number | string; headers: Record<string, string | number> }
}

async function sendLink({ set }: Answer, created: Promise<FileLink>): Promise<FileLink> {
  const link = await created
  set.status = 201
  set.headers['location'] = link.url
  return link
}
