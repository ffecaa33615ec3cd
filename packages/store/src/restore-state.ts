/**
 * The progress of a restore, in each database: `begun` before any is filled, `filled` when this one
 * is, `finished` when all are. Unless finished, no process serves it.
 */
export type RestoreState = 'begun' | 'filled' | 'finished'

/** Kept forever, as a record of what was restored here. Not part of a backup. */
export const restoresName = 'restores'
export const restoresTable =
  'CREATE TABLE IF NOT EXISTS restores (backup TEXT PRIMARY KEY, state TEXT NOT NULL)'

/** @throws Error when a restore was begun and not finished */
export function requireFinished(states: readonly { state: string }[]): void {
  if (states.every(({ state }) => state === 'finished')) return
  throw new Error('A restore into this database was not finished. Run it again, or empty it.')
}
