import { openPostgresSession } from './postgres-session.ts'
import type { SqlSession } from './sql-session.ts'
import { openSqliteSession } from './sqlite-session.ts'

/** @param url as in `DATABASE_URL`, of a database that the service has migrated */
export function openSqlSession(url: string): SqlSession {
  if (url.startsWith('sqlite:')) return openSqliteSession(url.slice('sqlite:'.length))
  return openPostgresSession(url)
}
