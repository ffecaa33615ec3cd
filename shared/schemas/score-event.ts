import { Type, type Static } from '@sinclair/typebox'
import { Id, Instant } from './primitive.ts'

const closed = { additionalProperties: false }

/** A member's best score in an exercise, before and after a regrade. */
export const ScoreNews = Type.Object(
  {
    title: Type.String(),
    course_code: Type.String(),
    course_name: Type.String(),
    member_id: Type.String(),
    was: Type.Number(),
    score: Type.Number(),
  },
  closed,
)
export type ScoreNews = Static<typeof ScoreNews>

export const ScoreEvents = Type.Object(
  {
    events: Type.Array(
      Type.Object(
        {
          id: Type.String(),
          kind: Type.String({ description: '`score.changed`' }),
          exercise_id: Id,
          happened: Instant,
          data: ScoreNews,
        },
        closed,
      ),
    ),
    next: Type.String({ description: '`after` for the next request' }),
  },
  closed,
)
export type ScoreEvents = Static<typeof ScoreEvents>
