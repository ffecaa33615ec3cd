import type { Columns } from '@campus/store/columns.ts'

/** What changed of scores without its member doing anything, written by a trigger. */
export const scoreEventTables = (c: Columns) => ({
  score_events: c.table(
    'score_events',
    {
      id: c.number('id'),
      transaction: c.transaction('transaction'),
      exercise_id: c.id('exercise_id').notNull(),
      member_id: c.text('member_id').notNull(),
      /** The best of the member before and after, in hundredths. */
      was: c.integer('was').notNull(),
      score: c.integer('score').notNull(),
      happened: c.instant('happened').notNull(),
    },
    // To forget a person.
    (t) => [c.index('score_events_of_member').on(t.member_id)],
  ),
})
