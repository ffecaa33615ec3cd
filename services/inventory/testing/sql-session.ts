import type { TimeSpan } from '../span.ts'
import type { StoredVersion } from './history-check.ts'

/** An allocation as it stands in the table. */
export interface StoredRow {
  id: string
  resource_id: string
  span: TimeSpan
  /** With what is kept free around it. */
  busy: TimeSpan
  allocation_type: string
  version: number
  /** Milliseconds; null: no hold. */
  held_until: number | null
}

/** `deadlock`: PostgreSQL ended the statement because two waited for each other. */
export type HandResult = 'done' | 'refused' | 'absent' | 'deadlock'

/**
 * Somebody at the database with psql or sqlite3, past all our code. It knows tables and units from
 * the migrations only, so it shares no conversion, and no mistake, with what it checks.
 */
export interface SqlSession {
  /** Whether two writers can wait for each other, so that one of them is told to repeat. */
  mayDeadlock: boolean
  /** With what the resource keeps free. */
  insert: (booking: { id: string; resource_id: string; span: TimeSpan }) => Promise<HandResult>
  /** Keeps what was kept free around it, but at a bound without end. */
  move: (id: string, span: TimeSpan) => Promise<HandResult>
  remove: (id: string) => Promise<HandResult>
  /** Ends a hold that has not ended, and offers its time to those who wait, as a process does. */
  end: (id: string) => Promise<HandResult>
  /** The allocations of some resources, or of all, without holds that have ended. */
  readRows: (resourceIds?: readonly string[]) => Promise<StoredRow[]>
  /** All versions of all allocations, former ones and those that are there, each in order. */
  readVersions: () => Promise<StoredVersion[]>
  /** Everything in every table of the service, as text to compare. */
  dump: () => Promise<string>
  close: () => Promise<void>
}

export const tables = [
  'resources',
  'allocations',
  'allocation_versions',
  'events',
  'idempotency_keys',
] as const
