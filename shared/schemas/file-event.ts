import { Type, type Static } from '@sinclair/typebox'
import { FileHash } from './file.ts'
import { Instant } from './primitive.ts'

const closed = { additionalProperties: false }

/** Files that were handed over. */
export const FileNews = Type.Object(
  {
    file_name: Type.String({ description: 'Of one of them' }),
    count: Type.Integer({ minimum: 1 }),
    owner: Type.String({ description: 'The new owner' }),
    former_owner: Type.String(),
    by: Type.String({ description: 'Who handed them over' }),
  },
  closed,
)
export type FileNews = Static<typeof FileNews>

export const FileEvents = Type.Object(
  {
    events: Type.Array(
      Type.Object(
        {
          id: Type.String(),
          kind: Type.String({ description: '`file.received`' }),
          file_hash: FileHash,
          happened: Instant,
          data: FileNews,
        },
        closed,
      ),
    ),
    next: Type.String({ description: '`after` for the next request' }),
  },
  closed,
)
export type FileEvents = Static<typeof FileEvents>
