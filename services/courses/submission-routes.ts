import { Elysia, t } from 'elysia'
import { access } from '../../shared/access.ts'
import { sendCreated, sendPage } from '../../shared/answer.ts'
import { readRepeatKey } from '../../shared/idempotency.ts'
import { nextLink, pageQuery } from '../../shared/page.ts'
import { Id, text } from '../../shared/schemas/primitive.ts'
import { code } from './course-routes.ts'
import { models } from './models.ts'
import type { CoursesService } from './service.ts'

const params = t.Object({ code, id: Id })
const regradeQuery = t.Object({
  ...pageQuery,
  dry_run: t.Optional(
    t.Union([t.Literal('true'), t.Literal('false')], {
      description: 'Only tells who would change',
    }),
  ),
})

export function submissionRoutes({ submissions, regrading }: CoursesService) {
  return new Elysia({
    prefix: '/api/courses/:code/exercises/:id',
    tags: ['courses'],
    normalize: false,
  })
    .use(access)
    .use(models)
    .post(
      '/submissions',
      async (context) => {
        const { params: path, body, caller } = context
        const repeat = readRepeatKey(context)
        return sendCreated(context, await submissions.submit({ path, ...body, caller, repeat }))
      },
      {
        access: 'member',
        params,
        body: 'NewSubmission',
        response: { 201: 'Submission', 404: 'Problem', 409: 'Problem', 429: 'Problem' },
        detail: {
          operationId: 'submitAnswer',
          summary: 'Submit code and learn what is wrong',
          'x-slots': 'judge',
        },
      },
    )
    .get(
      '/submissions',
      async (context) => {
        const { params: path, caller, query } = context
        return sendPage(context, await submissions.list({ path, caller, query }))
      },
      {
        access: 'member',
        params,
        query: t.Object({
          ...pageQuery,
          member_id: t.Optional(text(100, 0, 'Of one member; for administrators')),
        }),
        response: { 200: 'SubmissionList', 400: 'Problem', 404: 'Problem' },
        detail: {
          operationId: 'listSubmissions',
          summary: "The newest first: one's own; an administrator all",
        },
      },
    )
    .get(
      '/submissions/:submission_id',
      ({ params, caller }) => submissions.get(params, params.submission_id, caller),
      {
        access: 'member',
        params: t.Object({ code, id: Id, submission_id: Id }),
        response: { 200: 'Submission', 404: 'Problem' },
        detail: { operationId: 'getSubmission', summary: 'One submission with its verdict' },
      },
    )
    .post(
      '/regrade',
      async ({ params: path, query, request, set }) => {
        const dryRun = query.dry_run === 'true'
        const { value, next } = await regrading.regrade({ path, query, dryRun })
        if (next) set.headers['link'] = nextLink(request, next)
        return value
      },
      {
        access: 'admin',
        params,
        query: regradeQuery,
        response: { 200: 'Regrade', 400: 'Problem', 404: 'Problem', 409: 'Problem' },
        detail: {
          operationId: 'regradeExercise',
          summary: 'Judge kept answers again, page by page: follow the next link',
          'x-slots': 'judge',
        },
      },
    )
}
