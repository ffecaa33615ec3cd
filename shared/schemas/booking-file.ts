import { Type, type Static } from '@sinclair/typebox'
import { FileHash } from './file.ts'
import { PinnedFileLink } from './file-pin.ts'
import { Instant, shownName } from './primitive.ts'

/** More than anybody looks through. */
export const bookingFilesMax = 20

const closed = { additionalProperties: false }
const file_name = shownName(255, {
  description: 'Its name in the booking',
  examples: ['Contract.pdf'],
})

export const NewBookingFile = Type.Object(
  { file_name },
  { ...closed, examples: [{ file_name: 'Contract.pdf' }] },
)
export type NewBookingFile = Static<typeof NewBookingFile>

/** One that a booking has from the start. */
export const AttachedFile = Type.Object({ file_hash: FileHash, file_name }, closed)
export type AttachedFile = Static<typeof AttachedFile>

/** A file of a booking, with a link. */
export const BookingFile = Type.Object(
  {
    ...PinnedFileLink.properties,
    file_name: Type.String(),
    added: Instant,
    added_by: Type.String({ description: 'A user id' }),
  },
  closed,
)
export type BookingFile = Static<typeof BookingFile>

export const BookingFileList = Type.Array(BookingFile)
