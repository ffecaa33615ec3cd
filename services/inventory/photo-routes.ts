import { Elysia, t } from 'elysia'
import { access } from '../../shared/access.ts'
import { sendVersioned } from '../../shared/answer.ts'
import { changes, reads } from '../../shared/convention.ts'
import { Id, idList } from '../../shared/schemas/primitive.ts'
import { photosMax } from '../../shared/schemas/file-pin.ts'
import { readChange } from '../../shared/version.ts'
import { models } from './models.ts'
import type { InventoryService } from './service.ts'

const setText = [
  'Set or remove the photo of a resource',
  'For administrators and managers of its bookings. The photo is one of your files: a JPEG, ' +
    'PNG or WebP of at most 256 KiB and 2,000 pixels a side, without metadata such as its ' +
    'location (422 `photo_unfit`). The resource keeps it: you may delete your file.',
] as const

const linkText = [
  'Get links to the photos of resources',
  'Of the resources you see, in no order. The links work without a token for at least 15 minutes.',
] as const

/** Photos of resources: `/api/resources/photos`, `/api/resources/{id}/photo`. */
export function photoRoutes({ photos, setPhoto }: InventoryService) {
  return new Elysia({ prefix: '/api/resources', tags: ['inventory'], normalize: false })
    .use(access)
    .use(models)
    .get('/photos', (c) => photos.link(c.query.ids.split(','), c.caller), {
      ...reads('ResourcePhotoLinks', { linkResourcePhotos: linkText }),
      access: 'member',
      query: t.Object({ ids: idList(photosMax) }),
    })
    .put('/:id/photo', (c) => sendVersioned(c, setPhoto(c.params.id, readChange(c))), {
      ...changes('Resource', { setResourcePhoto: setText }, 403),
      access: 'owner',
      params: t.Object({ id: Id }),
      body: 'ResourcePhoto',
    })
}
