import { Elysia, t } from 'elysia'
import { access } from '../../shared/access.ts'
import { sendCreatedVersion, sendNothing, sendPage, sendVersioned } from '../../shared/answer.ts'
import { readChange } from '../../shared/version.ts'
import { readCreation } from '../../shared/idempotency.ts'
import { exactNumbers } from '../../shared/exact-json.ts'
import { pageQuery } from '../../shared/page.ts'
import { changes, createsVersion, lists, readsVersion, removes } from '../../shared/convention.ts'
import { Id } from '../../shared/schemas/primitive.ts'
import { code, readEnd, removal } from './course-routes.ts'
import { models } from './models.ts'
import type { CoursesService } from './service.ts'

export const forTeachers = 'For teachers of the course and administrators.'
const addText = ['Add an exercise with its tests', forTeachers] as const

const course = t.Object({ code })
const params = t.Object({ code, id: Id })

/** The exercises of a course: `/api/courses/{code}/exercises`. */
export function exerciseRoutes({ exercises }: CoursesService) {
  return new Elysia({
    prefix: '/api/courses/:code/exercises',
    tags: ['courses'],
    normalize: false,
  })
    .use(access)
    .use(models)
    .get('', (c) => sendPage(c, exercises.list(c.params.code, c.caller, c.query)), {
      ...lists('ExerciseList', { listExercises: 'List the exercises of a course in order' }, 404),
      access: 'member',
      params: course,
      query: t.Object(pageQuery),
    })
    .post('', (c) => sendCreatedVersion(c, exercises.create(c.params.code, readCreation(c))), {
      ...createsVersion('Exercise', { createExercise: addText }, 404, 409),
      access: 'owner',
      params: course,
      parse: exactNumbers,
      body: 'NewExercise',
    })
    .get('/:id', (c) => sendVersioned(c, exercises.get(c.params, c.caller)), {
      ...readsVersion('Exercise', {
        getExercise: 'Get an exercise; only its teachers see hidden tests',
      }),
      access: 'member',
      params,
    })
    .patch('/:id', (c) => sendVersioned(c, exercises.change(c.params, readChange(c))), {
      ...changes('Exercise', {
        changeExercise: [
          'Change an exercise; submissions keep their verdicts until regraded',
          forTeachers,
        ],
      }),
      access: 'owner',
      params,
      parse: exactNumbers,
      body: 'ExerciseChange',
    })
    .delete('/:id', (c) => sendNothing(c, exercises.remove(c.params, readEnd(c))), {
      ...removes({ deleteExercise: ['Delete an exercise', forTeachers] }, 409),
      access: 'owner',
      params,
      query: removal,
    })
}
