import { readFileSync } from 'node:fs'
import { memoize } from './memoize.ts'

/** A PostgreSQL URL, read as libpq does (PostgreSQL documentation, section 34.1.1.2). */
export interface PostgresAddress {
  /** Without what the other members hold. */
  url: string
  /** `search_path`: the schema its tables are in; null: that of the role. */
  schema: string | null
  /** `sslrootcert`: the certificate authorities that may have certified the server's name. */
  ssl: { ca: string } | undefined
  /** With several hosts, by default the primary, which changes after a failover. */
  sessions: 'primary' | undefined
  /** `replica=host:port`: the URL of a standby that scans may be read from. */
  replica: string | undefined
}

/**
 * Read once, so that later connections do not depend on a file.
 * @param text `postgres://user:password@host:5432,other:5432/name?sslrootcert=/path/ca.pem`
 * @throws Error when the file of certificates cannot be read, or is not what `sslmode` asks for, or
 *   `replica` is not one host
 */
export const readPostgresAddress = memoize(read)

function read(text: string): PostgresAddress {
  const [address = '', query = ''] = text.split(/\?(.*)/s)
  const parameters = new URLSearchParams(query)
  const host = parameters.get('replica')
  parameters.delete('replica')
  const replica = host === null ? undefined : toReplica({ address, parameters }, host)
  const file = parameters.get('sslrootcert')
  const isFile = file !== null && file !== 'system'
  const mode = parameters.get('sslmode') ?? 'verify-full'
  if (isFile && mode !== 'verify-full') {
    throw new Error(`sslmode=${mode}: with sslrootcert it is verify-full, or left out`)
  }
  if (isFile) {
    parameters.delete('sslrootcert')
    parameters.delete('sslmode')
  }
  const isOne = !/^[^/]*\/\/[^/]*,/.test(address)
  return {
    url: toUrl({ address, parameters }),
    schema: parameters.get('search_path'),
    ssl: isFile ? { ca: readFileSync(file, 'utf8') } : undefined,
    sessions: isOne || parameters.has('target_session_attrs') ? undefined : 'primary',
    replica,
  }
}

interface Parts {
  address: string
  parameters: URLSearchParams
}

function toUrl({ address, parameters }: Parts): string {
  return parameters.size > 0 ? `${address}?${parameters}` : address
}

/** The same user, database and parameters on another host. */
function toReplica(primary: Parts, host: string): string {
  if (!/^[^\s/?#@,]+$/.test(host))
    throw new Error(`replica=${host}: must be one host, or host:port`)
  const address = primary.address.replace(/^([^/]*\/\/(?:[^/]*@)?)[^/]*/, `$1${host}`)
  const parameters = new URLSearchParams(primary.parameters)
  parameters.delete('target_session_attrs')
  return toUrl({ address, parameters })
}
