import { Type, type Static } from '@sinclair/typebox'
import { Id } from './primitive.ts'

/** Somebody who has, or had, an account. */
export const DirectoryEntry = Type.Object(
  {
    id: Id,
    display_name: Type.Union([Type.String(), Type.Null()], {
      description: 'Null: the account was removed',
    }),
    disabled: Type.Optional(
      Type.Literal(true, { description: 'Only by id: the account is disabled' }),
    ),
  },
  { additionalProperties: false },
)
export type DirectoryEntry = Static<typeof DirectoryEntry>

export const Directory = Type.Array(DirectoryEntry)

/** As many names as one request may ask for. */
export const directoryIdsMax = 100

const id = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'

export const DirectoryIds = Type.String({
  pattern: `^${id}(,${id}){0,${directoryIdsMax - 1}}$`,
  maxLength: directoryIdsMax * 37,
  description: `Ids with commas between them, at most ${directoryIdsMax}`,
})
