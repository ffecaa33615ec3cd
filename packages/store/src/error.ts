/** What a database error means, whatever the driver. */
export type Violation = 'unique' | 'exclusion' | 'foreign_key' | 'check'
export type StorageFault = 'full' | 'io' | 'busy' | 'unavailable' | 'schema'

/** The store has too much to do already; nothing was done. Later it may. */
export class StoreBusyError extends Error {
  override readonly name = 'StoreBusyError'
  readonly code: 'queue_full' | 'too_many_scans'

  constructor(code: StoreBusyError['code'], message: string) {
    super(message)
    this.code = code
  }
}

/** The constraint that an error reports as violated, or undefined for any other error. */
export function violation(error: unknown): Violation | undefined {
  const code = codeOf(error)
  if (code === '23505' || code === 'SQLITE_CONSTRAINT_UNIQUE') return 'unique'
  if (code === 'SQLITE_CONSTRAINT_PRIMARYKEY') return 'unique'
  if (code === '23P01' || code === 'SQLITE_CONSTRAINT_TRIGGER') return 'exclusion'
  if (code === '23503' || code === 'SQLITE_CONSTRAINT_FOREIGNKEY') return 'foreign_key'
  if (code === '23514' || code === 'SQLITE_CONSTRAINT_CHECK') return 'check'
  return undefined
}

/** Whether PostgreSQL ended a statement because of a deadlock; it then had no effect. */
export function isDeadlock(error: unknown): boolean {
  return codeOf(error) === '40P01'
}

/**
 * Classifies trouble of the database: disk full or broken, locked, unavailable, schema changed by
 * hand.
 */
export function storageFault(error: unknown): StorageFault | undefined {
  const code = codeOf(error) ?? ''
  if (full.test(code)) return 'full'
  if (io.test(code)) return 'io'
  if (busy.test(code)) return 'busy'
  if (schema.test(code)) return 'schema'
  return unavailable.test(code) ? 'unavailable' : undefined
}

// 53100 disk_full. SQLite says so whenever a write meets ENOSPC.
const full = /^(53100|SQLITE_FULL|ENOSPC|EDQUOT)$/
// 58030 io_error. The data may be on the disk nevertheless.
const io = /^(58030|SQLITE_IOERR_(WRITE|FSYNC|DIR_FSYNC|TRUNCATE|SHORT_READ|READ)|EIO)$/
// 40001, 40P01 serialization and deadlock; 55P03 lock_timeout; 57014 statement_timeout.
const busy = /^(40001|40P01|55P03|57014|SQLITE_BUSY.*|SQLITE_LOCKED.*)$/
// 42704: a constraint named by a statement is missing.
const schema = /^(SCHEMA_CHANGED|42704)$/
// Class 08 connection, 57P0x shutdown and start-up, 53300 too many connections.
const unavailable = new RegExp(
  '^(08.*|57P0.|53300|25006|CONNECT.*|ECONN.*|EPIPE|ETIMEDOUT|ENOTFOUND|' +
    'SQLITE_IOERR.*|SQLITE_CANTOPEN.*|SQLITE_READONLY.*)$',
)

/**
 * Says what to do about a database that cannot be opened, for the user who starts a program.
 * @returns the error itself unless it is a driver's: our own say what to do
 */
export function explainDatabase(service: string, error: unknown): unknown {
  const code = codeOf(error)
  if (!code || code === 'SCHEMA_CHANGED') return error
  const { message } = error as Error
  const settings = `DATABASE_URL or ${service.toUpperCase()}_DATABASE_URL`
  return new Error(
    code === '25006'
      ? `The database of ${service} is read-only: a standby, or still recovering. ` +
          `Wait until it is promoted, or name the primary in ${settings}.`
      : `The database of ${service} cannot be opened: ${message}. ` +
          `Check ${settings} and what it names.`,
    { cause: error },
  )
}

function codeOf(error: unknown): string | undefined {
  // drizzle wraps the driver's error as its cause.
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') return at.code
  }
  return undefined
}
