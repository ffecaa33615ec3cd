import { eq, inArray } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import { createLogReader, prunableLog, toSourceId } from '../../../shared/event-log.ts'
import { toInstant } from '../../../shared/instant.ts'
import type { ScoreEvents } from '../../../shared/schemas/score-event.ts'
import { removed } from '../../../shared/removed.ts'
import { toScore } from '../submissions.ts'
import type { CoursesTables } from '../tables.ts'

/** The members whose score changed without a submission: by a regrade, or by hand. */
export function createScoreEvents(
  { store, config }: Pick<Context, 'store' | 'config'>,
  { score_events: events, exercises, courses }: CoursesTables,
) {
  const readAfter = createLogReader(store, events)

  /** @param after of another history, or none: all there is */
  async function listAfter(after: string | undefined): Promise<ScoreEvents> {
    const { found, next } = await readAfter(after, {
      load: ({ where, orderBy, limit }) =>
        store.db
          .select({ event: events, title: exercises.title, code: courses.code, name: courses.name })
          .from(events)
          .innerJoin(exercises, eq(exercises.id, events.exercise_id))
          .innerJoin(courses, eq(courses.code, exercises.course_code))
          .where(where)
          .orderBy(...orderBy)
          .limit(limit),
      eventOf: ({ event }) => event,
    })
    return {
      events: found.map(({ event, title, code, name }) => ({
        id: toSourceId(event),
        kind: 'score.changed',
        exercise_id: event.exercise_id,
        happened: toInstant(event.happened) ?? '',
        data: {
          title,
          course_code: code,
          course_name: name,
          member_id: event.member_id,
          was: toScore(event.was),
          score: toScore(event.score),
        },
      })),
      next,
    }
  }

  async function forget(userIds: string[]): Promise<void> {
    await store.db
      .update(events)
      .set({ member_id: removed })
      .where(inArray(events.member_id, userIds))
  }

  const prunable = prunableLog('score events', events, config)

  return { listAfter, forget, prunable }
}
