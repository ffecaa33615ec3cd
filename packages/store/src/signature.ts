import { sql, type Placeholder, type SQL } from 'drizzle-orm'
import type { Binding } from './sqlite-connection.ts'

/**
 * On whose behalf a statement writes; see `Store.signedBy`. PostgreSQL keeps it in a setting of the
 * transaction. SQLite has no such settings, so it is a parameter that the writing thread keeps in
 * the table `signatures` while the statement runs.
 */
export type Signer = string | Placeholder

interface Signature {
  signedBy: string
}

export const signedByOf: Record<'sqlite' | 'postgres', (signer: Signer) => SQL> = {
  sqlite: (signer) =>
    sql`${sql.param(signer, { mapToDriverValue: (signedBy: string): Signature => ({ signedBy }) })}
      IS NOT NULL`,
  postgres: (signer) => sql`set_config('campus.signed_by', ${signer}, true) IS NOT NULL`,
}

/** Separates the parameters that SQLite can bind from a signature among them. */
export function toBindings(params: unknown[]): { params: Binding[]; signedBy?: string } {
  const found = params.find(isSignature)
  if (!found) return { params: params as Binding[] }
  const plain = params.map((value) => (isSignature(value) ? value.signedBy : value))
  return { params: plain as Binding[], signedBy: found.signedBy }
}

function isSignature(value: unknown): value is Signature {
  return typeof value === 'object' && value !== null && 'signedBy' in value
}
