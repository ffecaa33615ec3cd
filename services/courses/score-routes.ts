import { Elysia, t } from 'elysia'
import { access, type Caller } from '../../shared/access.ts'
import { sendPage, toAttachment } from '../../shared/answer.ts'
import { pageQuery } from '../../shared/page.ts'
import { text } from '../../shared/schemas/primitive.ts'
import { lists, sendsFile } from '../../shared/convention.ts'
import { code } from './course-routes.ts'
import { models } from './models.ts'
import type { CoursesService } from './service.ts'

const params = t.Object({ code })
const member_id = text(100, 0, 'The member, for teachers of the course; others see their own')
const attemptsText = [
  'List the submissions of one member in a course, newest first',
  'Without `member_id`, your own.',
] as const

/** The scores of a course, `/api/courses/{code}/scores`, and the attempts behind them. */
export function scoreRoutes({ scores, submissions }: CoursesService) {
  return new Elysia({ prefix: '/api/courses/:code', tags: ['courses'], normalize: false })
    .use(access)
    .use(models)
    .get('/scores', (c) => sendPage(c, scores.list(c.params.code, c.caller, c.query)), {
      ...lists('ScoreList', { listScores: 'List your best scores; teachers see all' }, 404),
      access: 'member',
      params,
      query: t.Object(pageQuery),
    })
    .get(
      '/submissions',
      (c) => sendPage(c, submissions.listOfCourse(c.params.code, c.caller, c.query)),
      {
        ...lists('SubmissionList', { listCourseSubmissions: attemptsText }, 404),
        access: 'member',
        params,
        query: t.Object({ ...pageQuery, member_id: t.Optional(member_id) }),
      },
    )
    .get('/scores.csv', (c) => sendCsv(c, scores.toCsv(...readReport(c))), {
      ...sendsFile('text/csv', { exportScores: 'Export scores as CSV' }, 404),
      access: 'member',
      params,
    })
}

interface Report {
  params: { code: string }
  caller: Caller
  headers: Record<string, string | undefined>
}

function readReport({ params, caller, headers }: Report) {
  return [params.code, caller, headers['authorization']] as const
}

interface Answer {
  set: { headers: Record<string, string | number> }
}

async function sendCsv({ set }: Answer, scores: Promise<string>): Promise<string> {
  const csv = await scores
  set.headers['content-type'] = 'text/csv; charset=utf-8'
  Object.assign(set.headers, toAttachment('scores.csv'))
  return csv
}
