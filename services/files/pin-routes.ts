import { Elysia } from 'elysia'
import { access, type Caller } from '../../shared/access.ts'
import { sendNothing } from '../../shared/answer.ts'
import { answers, does, reads } from '../../shared/convention.ts'
import * as schema from '../../shared/schemas/file-pin.ts'
import { Problem } from '../../shared/schemas/problem.ts'
import type { FilesService } from './service.ts'

const models = new Elysia({ name: 'pin files models' }).model({
  FilePinList: schema.FilePinList,
  FilePinQuery: schema.FilePinQuery,
  FilePinReview: schema.FilePinReview,
  NewFilePins: schema.NewFilePins,
  NewPhotoPin: schema.NewPhotoPin,
  PhotoLinks: schema.PhotoLinks,
  PhotoQuery: schema.PhotoQuery,
  PinnedFileLinks: schema.PinnedFileLinks,
  PinnedFiles: schema.PinnedFiles,
  PinnedPhoto: schema.PinnedPhoto,
  Problem,
})

const forBookings = { access: { service: ['bookings'] } } as const
const forInventory = { access: { service: ['inventory'] } } as const
const forBoth = { access: { service: ['bookings', 'inventory'] } } as const

const photoText = [
  'Pin the photo of a resource',
  'A JPEG, PNG or WebP of at most 256 KiB and 2,000 pixels a side, without metadata such as ' +
    'its location.',
] as const

/** Files that bookings and resources refer to: `/api/files/pins`. */
export function pinRoutes({ pins, photos, links }: FilesService) {
  return new Elysia({ prefix: '/api/files/pins', tags: ['files'], normalize: false })
    .use(access)
    .use(models)
    .post('', (c) => pins.pin(c.body), {
      ...answers('PinnedFiles', { pinFiles: 'Pin files that other objects refer to' }),
      ...forBookings,
      body: 'NewFilePins',
    })
    .get('', (c) => pins.listUnreviewed(nameOf(c.caller)), {
      ...reads('FilePinList', { listUnreviewedPins: 'List pins that may be obsolete' }),
      ...forBoth,
    })
    .post('/review', (c) => sendNothing(c, pins.review(c.body, nameOf(c.caller))), {
      ...does({ reviewPins: 'Confirm or drop pins' }),
      ...forBoth,
      body: 'FilePinReview',
    })
    .post('/links', (c) => links.createPinned(c.body), {
      ...answers('PinnedFileLinks', { linkFiles: 'Get links to pinned files' }),
      ...forBookings,
      body: 'FilePinQuery',
    })
    .post('/photos', (c) => photos.pin(c.body), {
      ...answers('PinnedPhoto', { pinPhoto: photoText }),
      ...forInventory,
      body: 'NewPhotoPin',
    })
    .post('/photos/links', (c) => links.createOfPhotos(c.body), {
      ...answers('PhotoLinks', { linkPhotos: 'Get links to the photos of resources' }),
      ...forInventory,
      body: 'PhotoQuery',
    })
}

function nameOf({ id }: Caller): string {
  return id.slice('service:'.length)
}
