import { Elysia } from 'elysia'
import { access } from '../../shared/access.ts'
import { sendNothing } from '../../shared/answer.ts'
import { answers, does, reads } from '../../shared/promise.ts'
import * as schema from '../../shared/schemas/file-pin.ts'
import { Problem } from '../../shared/schemas/problem.ts'
import type { FilesService } from './service.ts'

const models = new Elysia({ name: 'pin files models' }).model({
  FilePinList: schema.FilePinList,
  FilePinQuery: schema.FilePinQuery,
  FilePinReview: schema.FilePinReview,
  NewFilePins: schema.NewFilePins,
  PinnedFileLinks: schema.PinnedFileLinks,
  PinnedFiles: schema.PinnedFiles,
  Problem,
})

const forBookings = { access: { service: ['bookings'] } } as const

/** Files that bookings refer to: `/api/files/pins`. */
export function pinRoutes({ pins, links }: FilesService) {
  return new Elysia({ prefix: '/api/files/pins', tags: ['files'], normalize: false })
    .use(access)
    .use(models)
    .post('', (c) => pins.pin(c.body), {
      ...answers('PinnedFiles', { pinFiles: 'Keep files that something refers to' }),
      ...forBookings,
      body: 'NewFilePins',
    })
    .get('', () => pins.listUnreviewed(), {
      ...reads('FilePinList', { listUnreviewedPins: 'List what may not be referred to' }),
      ...forBookings,
    })
    .post('/review', (c) => sendNothing(c, pins.review(c.body)), {
      ...does({ reviewPins: 'Say what is referred to; the rest is no longer kept' }),
      ...forBookings,
      body: 'FilePinReview',
    })
    .post('/links', (c) => links.createPinned(c.body), {
      ...answers('PinnedFileLinks', { linkFiles: 'Get links to what is kept' }),
      ...forBookings,
      body: 'FilePinQuery',
    })
}
