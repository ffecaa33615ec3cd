import { Elysia, t } from 'elysia'
import { access } from '../../shared/access.ts'
import { sendCreated, sendPage } from '../../shared/answer.ts'
import { readCreation } from '../../shared/idempotency.ts'
import { nextLink, pageQuery } from '../../shared/page.ts'
import { creates, lists, reads } from '../../shared/convention.ts'
import { Id, text } from '../../shared/schemas/primitive.ts'
import type { Regrade } from '../../shared/schemas/submission.ts'
import { code } from './course-routes.ts'
import { forTeachers } from './exercise-routes.ts'
import { models } from './models.ts'
import type { RegradePage } from './regrading.ts'
import type { CoursesService } from './service.ts'

const params = t.Object({ code, id: Id })
const member_id = text(100, 0, 'Of one member, for teachers of the course; others see their own')
const dry_run = t.String({
  pattern: '^(true|false)$',
  description: 'Only reports who would change',
  'x-shown': { type: 'boolean', description: 'Only reports who would change' },
})

const regradeText = ['Regrade submissions, page by page', forTeachers] as const

// The gateway has separate slots for requests that wait for the judge.
const judging = { 'x-slots': 'judge' }

/** What was submitted to an exercise: `/api/courses/{code}/exercises/{id}/submissions`. */
export function submissionRoutes({ submissions, regrading }: CoursesService) {
  return new Elysia({
    prefix: '/api/courses/:code/exercises/:id',
    tags: ['courses'],
    normalize: false,
  })
    .use(access)
    .use(models)
    .macro({ waitsForJudge: { detail: judging as object } })
    .post('/submissions', (c) => sendCreated(c, submissions.submit(c.params, readCreation(c))), {
      ...creates('Submission', { createSubmission: 'Submit code and get its verdict' }, 404, 409),
      access: 'member',
      waitsForJudge: true,
      params,
      body: 'NewSubmission',
    })
    .get('/submissions', (c) => sendPage(c, submissions.list(c.params, c.caller, c.query)), {
      ...lists('SubmissionList', { listSubmissions: 'List submissions, newest first' }, 404),
      access: 'member',
      params,
      query: t.Object({ ...pageQuery, member_id: t.Optional(member_id) }),
    })
    .get('/submissions/:submission_id', (c) => submissions.get(c.params, c.caller), {
      ...reads('Submission', { getSubmission: 'Get a submission with its verdict' }, 404),
      access: 'member',
      params: t.Object({ code, id: Id, submission_id: Id }),
    })
    .post('/regrade', (c) => sendRegrade(c, regrading.regrade(c.params, c.caller, c.query)), {
      ...lists('Regrade', { regradeExercise: regradeText }, 404, 409),
      access: 'owner',
      waitsForJudge: true,
      params,
      query: t.Object({ ...pageQuery, dry_run: t.Optional(dry_run) }),
    })
}

interface Answer {
  request: Request
  set: { headers: Record<string, string | number> }
}

async function sendRegrade({ request, set }: Answer, page: Promise<RegradePage>): Promise<Regrade> {
  const { value, next } = await page
  if (next) set.headers['link'] = nextLink(request, next)
  return value
}
