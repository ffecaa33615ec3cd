import { Elysia, t } from 'elysia'
import { access } from '../../../shared/access.ts'
import { sendNothing } from '../../../shared/answer.ts'
import { does, reads } from '../../../shared/convention.ts'
import { FileHash } from '../../../shared/schemas/file.ts'
import { Id } from '../../../shared/schemas/primitive.ts'
import { models } from '../models.ts'
import type { BookingsService } from '../service.ts'

const listText = [
  'List the files of a booking',
  'For everyone who may read the booking. The links work without a token for 15 minutes.',
] as const

const addText = [
  'Add one of your files to a booking, or rename it there',
  "At most 20. The file is kept while the booking has it, and counts towards its owner's " +
    'quota. Only the user who added it or a manager of the resources can rename it.',
] as const

const removeText = [
  'Remove a file from a booking',
  'For the user who added it, even without access to the booking now, and for managers of the ' +
    'resources. Its owner keeps the file, and can delete it some minutes later.',
] as const

const params = t.Object({ id: Id, file_hash: FileHash })

/** Files of bookings: `/api/bookings/{id}/files`. */
export function attachmentRoutes({ attachments }: BookingsService) {
  return new Elysia({ prefix: '/api/bookings/:id/files', tags: ['bookings'], normalize: false })
    .use(access)
    .use(models)
    .get('', (c) => attachments.list(c.params.id, c.caller), {
      ...reads('BookingFileList', { listBookingFiles: listText }, 403, 404),
      access: 'owner',
      params: t.Object({ id: Id }),
    })
    .put(
      '/:file_hash',
      (c) => sendNothing(c, attachments.add({ ...c.params, caller: c.caller }, c.body)),
      {
        ...does({ addBookingFile: addText }, 403, 404, 409),
        access: 'owner',
        params,
        body: 'NewBookingFile',
      },
    )
    .delete(
      '/:file_hash',
      (c) => sendNothing(c, attachments.remove({ ...c.params, caller: c.caller })),
      {
        ...does({ removeBookingFile: removeText }, 403, 404),
        access: 'owner',
        params,
      },
    )
}
