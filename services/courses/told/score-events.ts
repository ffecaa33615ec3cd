import { eq, inArray, sql } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import {
  createLogOrder,
  origin,
  readEpoch,
  readEventId,
  toEventId,
  toPosition,
} from '../../../shared/event-position.ts'
import type { Prunable } from '../../../shared/host/prune.ts'
import { toInstant } from '../../../shared/instant.ts'
import type { ScoreEvents } from '../../../shared/schemas/score-event.ts'
import { toScore } from '../submissions.ts'
import type { CoursesTables } from '../tables.ts'

const rowsMax = 500
const day_ms = 24 * 60 * 60 * 1000
// As inventory calls whoever had an account that was removed.
const removed = 'removed'

/** Whose score changed although they submitted nothing: a regrade, or a change by hand. */
export function createScoreEvents(
  { store, config }: Pick<Context, 'store' | 'config'>,
  { score_events: events, exercises, courses }: CoursesTables,
) {
  const order = createLogOrder(store, events)

  /** @param after of another history, or none: all there is */
  async function listAfter(after: string | undefined): Promise<ScoreEvents> {
    const { epoch } = await readEpoch(store)
    const given = after === undefined ? undefined : readEventId(after)
    const at = given?.epoch === epoch ? given : origin
    const rows = await store.db
      .select({ event: events, title: exercises.title, code: courses.code, name: courses.name })
      .from(events)
      .innerJoin(exercises, eq(exercises.id, events.exercise_id))
      .innerJoin(courses, eq(courses.code, exercises.course_code))
      .where(order.isAfter(at))
      .orderBy(...order.columns)
      .limit(rowsMax)
    const last = rows.at(-1)
    return {
      events: rows.map(({ event, title, code, name }) => ({
        id: `${event.id}@${event.happened}`,
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
      next: toEventId(epoch, last ? toPosition(last.event) : at),
    }
  }

  async function forget(userIds: string[]): Promise<void> {
    await store.db
      .update(events)
      .set({ member_id: removed })
      .where(inArray(events.member_id, userIds))
  }

  const prunable: Prunable = {
    name: 'score events',
    table: events,
    key: events.id,
    since: events.happened,
    keepFor_ms: config.changesDays * day_ms,
    order: events.id,
    // Never the newest: the next id continues from it.
    mayGo: sql`${events.id} < (SELECT max(id) FROM ${events})`,
  }

  return { listAfter, forget, prunable }
}

export type ScoreEventLog = ReturnType<typeof createScoreEvents>
