import { Elysia, t } from 'elysia'
import { access, type Caller } from '../../shared/access.ts'
import { sendPage, toAttachment } from '../../shared/answer.ts'
import { pageQuery } from '../../shared/page.ts'
import { lists, sendsFile } from '../../shared/convention.ts'
import { code } from './course-routes.ts'
import { models } from './models.ts'
import type { CoursesService } from './service.ts'

const params = t.Object({ code })

/** The scores of a course: `/api/courses/{code}/scores`. */
export function scoreRoutes({ scores }: CoursesService) {
  return new Elysia({ prefix: '/api/courses/:code', tags: ['courses'], normalize: false })
    .use(access)
    .use(models)
    .get('/scores', (c) => sendPage(c, scores.list(c.params.code, c.caller, c.query)), {
      ...lists('ScoreList', { listScores: 'List your best scores; administrators see all' }, 404),
      access: 'member',
      params,
      query: t.Object(pageQuery),
    })
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
