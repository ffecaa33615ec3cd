import { Elysia } from 'elysia'
import { access } from '../../shared/access.ts'
import type { Context } from '../../shared/context.ts'
import { reads } from '../../shared/convention.ts'
import { courseRoutes } from './course-routes.ts'
import { exerciseRoutes } from './exercise-routes.ts'
import { models } from './models.ts'
import { scoreRoutes } from './score-routes.ts'
import { coursesService } from './service.ts'
import { submissionRoutes } from './submission-routes.ts'
import { scoreEventRoutes } from './events/score-event-routes.ts'

/** Courses, exercises and judged submissions. */
export function courses(context: Context) {
  const service = coursesService(context)
  return new Elysia({ name: 'courses', tags: ['courses'], normalize: false })
    .use(access)
    .use(models)
    .use(courseRoutes(service))
    .use(exerciseRoutes(service))
    .use(submissionRoutes(service))
    .use(scoreRoutes(service))
    .use(scoreEventRoutes(service))
    .get('/api/judge', () => service.judgeState(), {
      ...reads('JudgeState', { getJudge: 'Get the state of the sandbox and its queue' }),
      access: 'admin',
    })
}

export type CoursesApi = ReturnType<typeof courses>
