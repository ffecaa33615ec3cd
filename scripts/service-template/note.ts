import { Type, type Static } from '@sinclair/typebox'
import { Id, Instant, text } from '../../shared/schemas/primitive.ts'

const fields = { title: text(200, 1), text: text(10_000) }

/** A note by its owner, for every member to read. */
export const Note = Type.Object(
  { id: Id, ...fields, created_by: Type.String(), created: Instant },
  { additionalProperties: false },
)
export type Note = Static<typeof Note>

export const NoteList = Type.Array(Note)

export const NewNote = Type.Object(
  { title: fields.title, text: Type.Optional(fields.text) },
  {
    additionalProperties: false,
    examples: [{ title: 'Keys', text: 'They are in the drawer.' }],
  },
)
export type NewNote = Static<typeof NewNote>

export const NoteChange = Type.Partial(Type.Object(fields), {
  additionalProperties: false,
  minProperties: 1,
  examples: [{ text: 'They are on the table.' }],
})
export type NoteChange = Static<typeof NoteChange>
