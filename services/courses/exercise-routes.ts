import { Elysia, t } from 'elysia'
import { access } from '../../shared/access.ts'
import { sendCreated, sendNothing, sendPage, sendVersioned } from '../../shared/answer.ts'
import { readIfMatch } from '../../shared/etag.ts'
import { readRepeatKey } from '../../shared/idempotency.ts'
import { pageQuery } from '../../shared/page.ts'
import { Id } from '../../shared/schemas/primitive.ts'
import { code, removal } from './course-routes.ts'
import { models } from './models.ts'
import type { CoursesService } from './service.ts'

const params = t.Object({ code, id: Id })

const prefix = '/api/courses/:code/exercises'

export function exerciseRoutes(service: CoursesService) {
  return new Elysia({ normalize: false }).use(collectionRoutes(service)).use(itemRoutes(service))
}

function collectionRoutes({ exercises }: CoursesService) {
  return new Elysia({ prefix, tags: ['courses'], normalize: false })
    .use(access)
    .use(models)
    .get(
      '',
      async (context) => {
        const { params, caller, query } = context
        return sendPage(context, await exercises.list(params.code, caller, query))
      },
      {
        access: 'member',
        params: t.Object({ code }),
        query: t.Object(pageQuery),
        response: { 200: 'ExerciseList', 400: 'Problem', 404: 'Problem' },
        detail: { operationId: 'listExercises', summary: 'The exercises of a course, in order' },
      },
    )
    .post(
      '',
      async (context) => {
        const { params, body } = context
        const created = await exercises.create(params.code, body, readRepeatKey(context))
        return sendCreated(context, created)
      },
      {
        access: 'admin',
        params: t.Object({ code }),
        body: 'NewExercise',
        response: { 201: 'Exercise', 404: 'Problem' },
        detail: { operationId: 'createExercise', summary: 'Add an exercise with its tests' },
      },
    )
}

function itemRoutes({ exercises }: CoursesService) {
  return new Elysia({ prefix, tags: ['courses'], normalize: false })
    .use(access)
    .use(models)
    .get(
      '/:id',
      async (context) =>
        sendVersioned(context, await exercises.get(context.params, context.caller)),
      {
        access: 'member',
        params,
        response: { 200: 'Exercise', 404: 'Problem' },
        detail: { operationId: 'getExercise', summary: 'One exercise; members see no hidden test' },
      },
    )
    .patch(
      '/:id',
      async (context) => {
        const { params, body, headers } = context
        const accepted = readIfMatch(headers['if-match'])
        return sendVersioned(context, await exercises.change(params, body, accepted))
      },
      {
        access: 'admin',
        params,
        body: 'ExerciseChange',
        response: { 200: 'Exercise', 404: 'Problem', 412: 'Problem' },
        detail: {
          operationId: 'changeExercise',
          summary: 'Change it; submissions keep their verdicts until they are regraded',
        },
      },
    )
    .delete(
      '/:id',
      async (context) => {
        const { params, query, headers } = context
        const cancel = query.submissions === 'delete'
        await exercises.remove(params, { cancel, accepted: readIfMatch(headers['if-match']) })
        return sendNothing(context)
      },
      {
        access: 'admin',
        params,
        query: removal,
        response: { 404: 'Problem', 409: 'Problem', 412: 'Problem' },
        detail: {
          operationId: 'deleteExercise',
          summary: 'Remove it',
          responses: { 204: { description: 'Done; no body' } },
        },
      },
    )
}
