import { Type, type Static } from '@sinclair/typebox'
import { Id, idList } from './primitive.ts'

/** A person who has, or had, an account. */
export const DirectoryEntry = Type.Object(
  {
    id: Id,
    display_name: Type.Union([Type.String(), Type.Null()], {
      description: 'Null: the account was removed',
    }),
    disabled: Type.Optional(
      Type.Literal(true, { description: 'Only in lookups by id: the account is disabled' }),
    ),
  },
  { additionalProperties: false },
)
export type DirectoryEntry = Static<typeof DirectoryEntry>

export const Directory = Type.Array(DirectoryEntry)

/** The most names per request. */
export const directoryIdsMax = 100

export const DirectoryIds = idList(directoryIdsMax)
