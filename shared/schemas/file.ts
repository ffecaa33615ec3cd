import { Type, type Static } from '@sinclair/typebox'
import { Instant } from './primitive.ts'

/** SHA-256 of the bytes (FIPS 180-4), in lower-case hexadecimal. */
export const FileHash = Type.String({
  pattern: '^[0-9a-f]{64}$',
  description: 'The SHA-256 of the bytes: 64 lower-case hexadecimal digits',
})

/** A name without a path: no slash, no control character, not `.` and not `..`. */
export const FileName = Type.String({
  minLength: 1,
  maxLength: 255,
  pattern:
    '^(?!\\.{1,2}$)([ -.0-\\[\\]-~\\u00a0-\\u2027\\u202f-\\u2065\\u206a-\\ud7ff\\ue000-\\uffff]' +
    '|[\\ud800-\\udbff][\\udc00-\\udfff])+$',
  description:
    'A file name of at most 255 characters, without a path (no slash or backslash) and without ' +
    'control characters',
  examples: ['Lecture 1.pdf'],
  'x-shown': {
    type: 'string',
    minLength: 1,
    maxLength: 255,
    pattern: '^[^/\\\\\\x00-\\x1f\\x7f]+$',
    description: 'A name without a path or control characters; not `.` or `..`',
    examples: ['Lecture 1.pdf'],
  },
})

/** A media type without parameters (RFC 6838 section 4.2). */
const FileType = Type.String({
  maxLength: 127,
  pattern: '^[a-z0-9][a-z0-9!#$&^_.+-]{0,62}/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}$',
  description: 'A media type in lower case, without parameters, such as application/pdf',
  examples: ['application/pdf'],
})

/** A user's record of some bytes. Not named `File`, which is a global of the web. */
export const FileRecord = Type.Object(
  {
    file_hash: FileHash,
    file_name: FileName,
    file_type: FileType,
    size: Type.Integer({ minimum: 0, description: 'Bytes' }),
    created: Instant,
    owner: Type.String({ description: 'The id of the user who has it' }),
  },
  { additionalProperties: false },
)
export type FileRecord = Static<typeof FileRecord>

export const FileRecordList = Type.Array(FileRecord)

/** How much of their quota a user has used. */
export const FileUsage = Type.Object(
  { used_bytes: Type.Integer({ minimum: 0 }), quota_bytes: Type.Integer({ minimum: 0 }) },
  { additionalProperties: false },
)
export type FileUsage = Static<typeof FileUsage>

export const FileChange = Type.Object(
  { file_name: FileName, file_type: FileType },
  {
    additionalProperties: false,
    examples: [{ file_name: 'Lecture 1.txt', file_type: 'text/plain' }],
  },
)
export type FileChange = Static<typeof FileChange>

const day_s = 24 * 60 * 60

/** Asks for a link that works without a token until it expires. */
export const NewFileLink = Type.Object(
  {
    expires_in: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 30 * day_s,
        description: 'Seconds until the link expires; default one day',
      }),
    ),
  },
  { additionalProperties: false, examples: [{ expires_in: 3600 }] },
)
export type NewFileLink = Static<typeof NewFileLink>

export const FileLink = Type.Object(
  { url: Type.String({ description: 'A path of this API' }), expires: Instant },
  { additionalProperties: false },
)
export type FileLink = Static<typeof FileLink>
