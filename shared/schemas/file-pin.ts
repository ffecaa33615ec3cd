import { Type, type Static } from '@sinclair/typebox'
import { FileHash, FileLink } from './file.ts'
import { Id } from './primitive.ts'

// Requests of other services about files that they refer to.

/** The most files of one request. */
export const filePinsMax = 200

const closed = { additionalProperties: false }
const one = '01a1fe45-0000-7000-8000-000000000000'
const hash = 'ab'.repeat(32)
const holder = Type.String({ ...Id, description: 'What refers to them: a booking, a resource' })
const hashes = Type.Array(FileHash, { minItems: 1, maxItems: filePinsMax })

/** Files to keep as long as something refers to them. */
export const NewFilePins = Type.Object(
  {
    holder,
    hashes,
    owner: Type.String({ maxLength: 50, description: 'The user who must have them' }),
    of_anybody: Type.Boolean({
      description: 'Whether another user may have them instead, for administrators',
    }),
    only_own: Type.Optional(
      Type.Boolean({
        description: 'Requires this even of pinned contents, which then count for this user',
      }),
    ),
  },
  { ...closed, examples: [{ holder: one, hashes: [hash], owner: one, of_anybody: false }] },
)
export type NewFilePins = Static<typeof NewFilePins>

/** The outcome: all of them are kept, or none. */
export const PinnedFiles = Type.Object(
  { missing: Type.Array(FileHash, { description: 'Those that the user does not have' }) },
  closed,
)
export type PinnedFiles = Static<typeof PinnedFiles>

export const FilePin = Type.Object({ holder, file_hash: FileHash }, closed)
export type FilePin = Static<typeof FilePin>

export const FilePinList = Type.Array(FilePin)

const some = (description: string) =>
  Type.Optional(Type.Array(FilePin, { maxItems: filePinsMax, description }))

/** Which of them are referred to. */
export const FilePinReview = Type.Object(
  {
    kept: some('They are still in use'),
    over: some('As above, but by objects that have ended: they count for nobody from then on'),
    // Formerly `dropped`, which older versions still send.
    unnamed: some('They are obsolete, unless they were used since'),
    doubted: some('They may become obsolete soon, and are then listed again'),
  },
  { ...closed, examples: [{ unnamed: [{ holder: one, file_hash: hash }] }] },
)
export type FilePinReview = Static<typeof FilePinReview>

export const FilePinQuery = Type.Object(
  {
    holder,
    hashes,
    names: Type.Optional(
      Type.Array(Type.String({ maxLength: 255 }), {
        maxItems: filePinsMax,
        description: 'What each of them is called when it is downloaded',
      }),
    ),
  },
  { ...closed, examples: [{ holder: one, hashes: [hash] }] },
)
export type FilePinQuery = Static<typeof FilePinQuery>

/** A link to one of them; see `FileLink`. */
export const PinnedFileLink = Type.Object({ file_hash: FileHash, ...FileLink.properties }, closed)
export type PinnedFileLink = Static<typeof PinnedFileLink>

export const PinnedFileLinks = Type.Array(PinnedFileLink)

/** The most bytes of a photo that a whole list of things shows. */
export const photoBytesMax = 256 * 1024
/** A few kilobytes can be a picture that fills its viewer's memory. */
export const photoSideMax_px = 2000
/** The most photos of one list. */
export const photosMax = 100

/** A photo that everybody sees who sees what it is of: it counts for nobody. */
export const NewPhotoPin = Type.Object(
  {
    holder,
    file_hash: FileHash,
    owner: Type.Optional(
      Type.String({ maxLength: 50, description: 'The user who must have it; if omitted, anybody' }),
    ),
  },
  { ...closed, examples: [{ holder: one, file_hash: hash, owner: one }] },
)
export type NewPhotoPin = Static<typeof NewPhotoPin>

/** Why it is not kept; null: it is. */
export const PinnedPhoto = Type.Object(
  {
    fault: Type.Union([
      Type.Literal('missing'),
      Type.Literal('type'),
      Type.Literal('size'),
      Type.Literal('metadata'),
      Type.Null(),
    ]),
  },
  closed,
)
export type PinnedPhoto = Static<typeof PinnedPhoto>

export const PhotoQuery = Type.Object(
  { pins: Type.Array(FilePin, { minItems: 1, maxItems: photosMax }) },
  { ...closed, examples: [{ pins: [{ holder: one, file_hash: hash }] }] },
)
export type PhotoQuery = Static<typeof PhotoQuery>

/** A link to the photo of one of them; see `FileLink`. */
export const PhotoLinks = Type.Array(Type.Object({ holder, ...FileLink.properties }, closed))
export type PhotoLinks = Static<typeof PhotoLinks>
