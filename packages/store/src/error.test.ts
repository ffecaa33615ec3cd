import { describe, expect, it } from 'bun:test'
import { explainDatabase, isDeadlock, storageFault, StoreBusyError, violation } from './error.ts'

const withCode = (code: string) => Object.assign(new Error('from the driver'), { code })

// Drivers and the system report codes; these are from the manuals of SQLite and PostgreSQL, and
// from errno(3).
describe('an error of the database', () => {
  const faults = {
    full: ['53100', 'SQLITE_FULL', 'ENOSPC', 'EDQUOT'],
    io: ['58030', 'SQLITE_IOERR_FSYNC', 'SQLITE_IOERR_WRITE', 'EIO'],
    busy: ['40001', '40P01', '55P03', '57014', 'SQLITE_BUSY', 'SQLITE_BUSY_SNAPSHOT'],
    schema: ['42704', 'SCHEMA_CHANGED'],
    unavailable: ['08006', '57P01', '53300', '25006', 'ECONNRESET', 'SQLITE_CANTOPEN'],
  } as const

  it.each(Object.entries(faults))('is %s by its code', (fault, codes) => {
    expect(codes.map((code) => storageFault(withCode(code)))).toEqual(
      codes.map(() => fault as 'io'),
    )
  })

  it('is a violation by its code', () => {
    const violations = {
      '23505': 'unique',
      SQLITE_CONSTRAINT_UNIQUE: 'unique',
      SQLITE_CONSTRAINT_PRIMARYKEY: 'unique',
      '23P01': 'exclusion',
      SQLITE_CONSTRAINT_TRIGGER: 'exclusion',
      '23503': 'foreign_key',
      SQLITE_CONSTRAINT_FOREIGNKEY: 'foreign_key',
      '23514': 'check',
      SQLITE_CONSTRAINT_CHECK: 'check',
    } as const
    const found = Object.keys(violations).map((code) => [code, violation(withCode(code))])
    expect(Object.fromEntries(found)).toEqual(violations)
  })

  it('is none of these otherwise', () => {
    const others = [withCode('42601'), withCode('SQLITE_ERROR'), new Error('no code'), undefined]
    expect(others.map(storageFault)).toEqual(others.map(() => undefined))
    expect(others.map(violation)).toEqual(others.map(() => undefined))
    expect(others.map(isDeadlock)).toEqual(others.map(() => false))
    expect(isDeadlock(withCode('40P01'))).toBe(true)
  })

  it('is found below what drizzle wraps around it, and a number is no code', () => {
    const numbered = Object.assign(new Error('wrapped'), { code: 7, cause: withCode('ENOSPC') })
    expect(storageFault(new Error('Failed query', { cause: numbered }))).toBe('full')
  })

  it('names the setting when a program cannot start; our own errors say what to do', () => {
    const explained = explainDatabase('files', withCode('ECONNREFUSED')) as Error
    expect(explained.message).toContain('The database of files cannot be opened: from the driver.')
    expect(explained.message).toContain('FILES_DATABASE_URL')
    const standby = explainDatabase('files', withCode('25006')) as Error
    expect(standby.message).toContain('promoted, or name the primary in DATABASE_URL or FILES_')
    for (const own of [new Error('Set SECRET.'), withCode('SCHEMA_CHANGED')]) {
      expect(explainDatabase('files', own)).toBe(own)
    }
  })

  it('says which limit is reached when the store has too much to do', () => {
    const error = new StoreBusyError('queue_full', 'Too much')
    expect([error.code, error.message]).toEqual(['queue_full', 'Too much'])
  })
})
