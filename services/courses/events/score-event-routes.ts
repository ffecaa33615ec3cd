import { Elysia, t } from 'elysia'
import { access } from '../../../shared/access.ts'
import { reads } from '../../../shared/convention.ts'
import { logQuery } from '../../../shared/event-log.ts'
import { ScoreEvents } from '../../../shared/schemas/score-event.ts'
import type { CoursesService } from '../service.ts'

const models = new Elysia({ name: 'score event models' }).model({ ScoreEvents })

const listText = [
  'List scores that regrades changed, in commit order',
  'At most 500 at once; `next` continues. Without `after`, or after the restore of a backup, ' +
    'starts with the oldest event kept.',
] as const

/** For the service that notifies people. */
export function scoreEventRoutes({ scoreEvents }: Pick<CoursesService, 'scoreEvents'>) {
  return new Elysia({ tags: ['courses'], normalize: false })
    .use(access)
    .use(models)
    .get('/api/scores/events', (c) => scoreEvents.listAfter(c.query.after), {
      ...reads('ScoreEvents', { listScoreEvents: listText }),
      access: { service: ['notifications'] },
      query: t.Object(logQuery),
    })
}
