import { Elysia, t } from 'elysia'
import { access } from '../../../shared/access.ts'
import { reads } from '../../../shared/convention.ts'
import { logQuery } from '../../../shared/event-log.ts'
import { FileEvents } from '../../../shared/schemas/file-event.ts'
import type { FilesService } from '../service.ts'

const models = new Elysia({ name: 'file event models' }).model({ FileEvents })

const listText = [
  'List files that were handed over, in commit order',
  'At most 500 at once; `next` continues. Without `after`, or when it is from a history that a ' +
    'restored backup has ended, starts with the oldest event kept.',
] as const

/** For the service that notifies people. */
export function fileEventRoutes({ fileEvents }: Pick<FilesService, 'fileEvents'>) {
  return new Elysia({ tags: ['files'], normalize: false })
    .use(access)
    .use(models)
    .get('/api/files/events', (c) => fileEvents.listAfter(c.query.after), {
      ...reads('FileEvents', { listFileEvents: listText }),
      access: { service: ['notifications'] },
      query: t.Object(logQuery),
    })
}
