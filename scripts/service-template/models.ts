import { Elysia } from 'elysia'
import { Problem } from '../../shared/schemas/problem.ts'
import { NewNote, Note, NoteChange, NoteList } from './note.ts'

/** The wire models under the names by which routes and the OpenAPI document refer to them. */
export const models = new Elysia({ name: 'desk models' }).model({
  NewNote,
  Note,
  NoteChange,
  NoteList,
  Problem,
})
