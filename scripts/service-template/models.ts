import { Elysia } from 'elysia'
import { Problem } from '../../shared/schemas/problem.ts'
import { NewNote, Note, NoteChange, NoteList } from './note.ts'

/** Wire models, under the names that routes and the OpenAPI document use. */
export const models = new Elysia({ name: 'desk models' }).model({
  NewNote,
  Note,
  NoteChange,
  NoteList,
  Problem,
})
