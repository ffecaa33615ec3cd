import { Elysia, t } from 'elysia'
import { access } from '../../shared/access.ts'
import {
  createdHeaders,
  sendCreatedVersionAt,
  sendNothing,
  sendPage,
  sendVersioned,
} from '../../shared/answer.ts'
import { readChange, readRemoval } from '../../shared/version.ts'
import { readCreation } from '../../shared/idempotency.ts'
import { pageQuery } from '../../shared/page.ts'
import { createsVersion, does, lists, readsVersion, removes } from '../../shared/convention.ts'
import { text } from '../../shared/schemas/primitive.ts'
import { models } from './models.ts'
import type { CoursesService } from './service.ts'

/** In a path: any text, so that an unknown code is 404. */
export const code = t.String({ maxLength: 100, pattern: '^[^\\x00]+$' })

/** Required for deleting something with submissions. */
export const removal = t.Object({ submissions: t.Optional(t.Literal('delete')) })

const q = text(200, 0, 'Part of a code, a name or an instructor')
const params = t.Object({ code })

/** All courses: `/api/courses`. */
export function courseRoutes({ courses }: CoursesService) {
  return new Elysia({ prefix: '/api/courses', tags: ['courses'], normalize: false })
    .use(access)
    .use(models)
    .get('', async (c) => ({ courses: await sendPage(c, courses.list(c.query, c.caller)) }), {
      ...lists('CourseList', { listCourses: 'List courses by code' }),
      access: 'member',
      query: t.Object({ ...pageQuery, q: t.Optional(q) }),
    })
    .post('', (c) => sendCreatedVersionAt(c, courses.create(readCreation(c)), toPath), {
      ...createsVersion('Course', { createCourse: 'Add a course' }, 400, 409),
      access: 'admin',
      body: 'NewCourse',
      transform: readNothing,
    })
    .get('/:code', (c) => sendVersioned(c, courses.get(c.params.code)), {
      ...readsVersion('Course', { getCourse: 'Get a course' }),
      access: 'member',
      params,
    })
    .put('/:code', (c) => sendChanged(c, courses.replace(c.params.code, readChange(c))), {
      ...changesCourse({
        replaceCourse: 'Replace the name and instructor of a course, and its teachers if given',
      }),
      access: 'admin',
      params,
      body: 'CourseChange',
      transform: readNothing,
    })
    .patch('/:code', (c) => sendChanged(c, courses.update(c.params.code, readChange(c))), {
      ...changesCourse({ changeCourse: 'Change the name, instructor or teachers of a course' }),
      access: 'admin',
      params,
      body: 'CourseChange',
      transform: readNothing,
    })
    .delete('/:code', (c) => sendNothing(c, courses.remove(c.params.code, readEnd(c))), {
      ...removes({ deleteCourse: 'Delete a course and its exercises' }, 409),
      access: 'admin',
      params,
      query: removal,
    })
}

type EndRequest = Parameters<typeof readRemoval>[0] & { query: { submissions?: 'delete' } }

export function readEnd(request: EndRequest) {
  return readRemoval(request, request.query.submissions === 'delete')
}

// An empty body is treated like `{}`, with the errors of this service.
function readNothing(context: { body: unknown }): void {
  context.body ??= {}
}

interface Answer {
  set: { status?: number | string; headers: Record<string, string | number> }
}

function toPath({ code }: { code: string }): string {
  return `/api/courses/${encodeURIComponent(code)}`
}

function changesCourse(operation: Record<string, string>) {
  const { response, detail } = does(operation, 400, 404, 412)
  const { location } = createdHeaders
  return {
    response,
    detail: {
      ...detail,
      responses: { 204: { description: 'Changed; no body', headers: { location } } },
    },
  }
}

async function sendChanged(
  { set, params }: Answer & { params: { code: string } },
  changed: Promise<void>,
): Promise<void> {
  await changed
  set.status = 204
  set.headers['location'] = toPath(params)
}
