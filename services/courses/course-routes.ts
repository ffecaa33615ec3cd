import { Elysia, t } from 'elysia'
import { access } from '../../shared/access.ts'
import { sendNothing, sendPage, sendVersioned, type Created } from '../../shared/answer.ts'
import { readIfMatch } from '../../shared/etag.ts'
import { readRepeatKey } from '../../shared/idempotency.ts'
import { pageQuery } from '../../shared/page.ts'
import type { Course } from '../../shared/schemas/course.ts'
import { models } from './models.ts'
import type { CoursesService } from './service.ts'

/** Of a path: any text, so that a code nobody has is not found. */
export const code = t.String({ maxLength: 100, pattern: '^[^\\u0000]+$' })

/** What deleting something with submissions needs to be told. */
export const removal = t.Object({ submissions: t.Optional(t.Literal('delete')) })

const params = t.Object({ code })
const done = { 204: { description: 'Done; no body' } }
const refusals = { 400: 'Problem', 404: 'Problem', 412: 'Problem' } as const

/** All courses: `/api/courses`. */
export function courseRoutes(service: CoursesService) {
  return new Elysia({ normalize: false })
    .use(collectionRoutes(service))
    .use(readingRoutes(service))
    .use(writingRoutes(service))
}

function collectionRoutes({ courses }: CoursesService) {
  return new Elysia({ prefix: '/api/courses', tags: ['courses'], normalize: false })
    .use(access)
    .use(models)
    .get(
      '',
      async (context) => ({ courses: await sendPage(context, courses.list(context.query)) }),
      {
        access: 'member',
        query: t.Object({
          ...pageQuery,
          q: t.Optional(
            t.String({ maxLength: 200, description: 'Part of a code, a name or an instructor' }),
          ),
        }),
        response: { 200: 'CourseList', 400: 'Problem' },
        detail: { operationId: 'listCourses', summary: 'All courses, by code' },
      },
    )
    .post(
      '',
      async (context) =>
        sendCourse(context, await courses.create(context.body, readRepeatKey(context))),
      {
        access: 'admin',
        body: 'NewCourse',
        transform: readNothing,
        response: { 201: 'Course', 400: 'Problem', 409: 'Problem' },
        detail: { operationId: 'createCourse', summary: 'Add a course' },
      },
    )
}

function readingRoutes({ courses }: CoursesService) {
  return new Elysia({ prefix: '/api/courses', tags: ['courses'], normalize: false })
    .use(access)
    .use(models)
    .get(
      '/:code',
      async (context) => sendVersioned(context, await courses.get(context.params.code)),
      {
        access: 'member',
        params,
        response: { 200: 'Course', 404: 'Problem' },
        detail: { operationId: 'getCourse', summary: 'One course' },
      },
    )
}

function writingRoutes({ courses }: CoursesService) {
  return new Elysia({ prefix: '/api/courses', tags: ['courses'], normalize: false })
    .use(access)
    .use(models)
    .put(
      '/:code',
      async (context) => {
        const { params, body, headers } = context
        await courses.replace(params.code, body, readIfMatch(headers['if-match']))
        return sendChanged(context, params.code)
      },
      {
        access: 'admin',
        params,
        body: 'CourseChange',
        transform: readNothing,
        response: refusals,
        detail: {
          operationId: 'replaceCourse',
          summary: 'Change its name and its instructor',
          responses: done,
        },
      },
    )
    .patch(
      '/:code',
      async (context) => {
        const { params, body, headers } = context
        await courses.update(params.code, body, readIfMatch(headers['if-match']))
        return sendChanged(context, params.code)
      },
      {
        access: 'admin',
        params,
        body: 'CourseChange',
        transform: readNothing,
        response: refusals,
        detail: {
          operationId: 'changeCourse',
          summary: 'Change its name, its instructor, or both',
          responses: done,
        },
      },
    )
    .delete(
      '/:code',
      async (context) => {
        const { params, query, headers } = context
        const cancel = query.submissions === 'delete'
        await courses.remove(params.code, { cancel, accepted: readIfMatch(headers['if-match']) })
        return sendNothing(context)
      },
      {
        access: 'admin',
        params,
        query: removal,
        response: { 404: 'Problem', 409: 'Problem', 412: 'Problem' },
        detail: {
          operationId: 'deleteCourse',
          summary: 'Remove it with its exercises',
          responses: done,
        },
      },
    )
}

// Nothing sent is nothing given: answered as `{}` is, in words of this service.
function readNothing(context: { body: unknown }): void {
  context.body ??= {}
}

interface Answer {
  set: { status?: number | string; headers: Record<string, string | number> }
}

// A course is named by its code, not by an id.
function sendCourse({ set }: Answer, { value, replayed }: Created<Course>): Course {
  set.status = 201
  set.headers['location'] = `/api/courses/${value.code}`
  if (replayed) set.headers['idempotent-replayed'] = 'true'
  return value
}

function sendChanged({ set }: Answer, code: string): void {
  set.status = 204
  set.headers['location'] = `/api/courses/${encodeURIComponent(code)}`
}
