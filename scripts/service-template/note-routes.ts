import { Elysia, t } from 'elysia'
import { access } from '../../shared/access.ts'
import { sendCreatedVersion, sendNothing, sendPage, sendVersioned } from '../../shared/answer.ts'
import { readCreation } from '../../shared/idempotency.ts'
import { pageQuery } from '../../shared/page.ts'
import { changes, createsVersion, lists, readsVersion, removes } from '../../shared/convention.ts'
import { Id } from '../../shared/schemas/primitive.ts'
import { readChange } from '../../shared/version.ts'
import { models } from './models.ts'
import type { DeskService } from './service.ts'

const params = t.Object({ id: Id })

/** All notes: `/api/notes`. */
export function noteRoutes({ list, create, get, change, remove }: DeskService) {
  return new Elysia({ prefix: '/api/notes', tags: ['desk'], normalize: false })
    .use(access)
    .use(models)
    .get('', (c) => sendPage(c, list(c.query)), {
      ...lists('NoteList', { listNotes: 'List notes, newest first' }),
      access: 'member',
      query: t.Object(pageQuery),
    })
    .post('', (c) => sendCreatedVersion(c, create(readCreation(c))), {
      ...createsVersion('Note', { createNote: 'Add a note' }, 409),
      access: 'member',
      body: 'NewNote',
    })
    .get('/:id', (c) => sendVersioned(c, get(c.params.id)), {
      ...readsVersion('Note', { getNote: 'Get a note' }),
      access: 'member',
      params,
    })
    .patch('/:id', (c) => sendVersioned(c, change(c.params.id, readChange(c))), {
      ...changes('Note', { changeNote: 'Change some of its fields: its owner only' }, 403, 409),
      access: 'owner',
      params,
      body: 'NoteChange',
    })
    .delete('/:id', (c) => sendNothing(c, remove(c.params.id, readChange(c))), {
      ...removes({ deleteNote: 'Delete it: its owner only' }, 403),
      access: 'owner',
      params,
    })
}
