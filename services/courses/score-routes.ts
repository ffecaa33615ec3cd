import { Elysia, t } from 'elysia'
import { access } from '../../shared/access.ts'
import { sendPage } from '../../shared/answer.ts'
import { pageQuery } from '../../shared/page.ts'
import { code } from './course-routes.ts'
import { models } from './models.ts'
import type { CoursesService } from './service.ts'

export function scoreRoutes({ scores }: CoursesService) {
  return new Elysia({ prefix: '/api/courses/:code', tags: ['courses'], normalize: false })
    .use(access)
    .use(models)
    .get(
      '/scores',
      async (context) =>
        sendPage(context, await scores.list(context.params.code, context.caller, context.query)),
      {
        access: 'member',
        params: t.Object({ code }),
        query: t.Object(pageQuery),
        response: { 200: 'ScoreList', 400: 'Problem', 404: 'Problem' },
        detail: {
          operationId: 'listScores',
          summary: "Best scores by member: one's own; an administrator all",
        },
      },
    )
    .get(
      '/scores.csv',
      async ({ params, caller, set }) => {
        set.headers['content-type'] = 'text/csv; charset=utf-8'
        set.headers['content-disposition'] = 'attachment; filename="scores.csv"'
        return scores.toCsv(params.code, caller)
      },
      {
        access: 'member',
        params: t.Object({ code }),
        response: { 200: t.String(), 404: 'Problem' },
        detail: { operationId: 'exportScores', summary: 'The same as CSV' },
      },
    )
}
