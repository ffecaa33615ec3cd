/**
 * `bun run secrets`: makes the secrets that compose.yaml hands out, each a file of
 * `deploy/secrets/` that is not there yet. Nobody need know them; who has the folder can act as
 * every service.
 */
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { serviceNames } from '../services/index.ts'

const folder = join(import.meta.dir, '../deploy/secrets')
mkdirSync(folder, { recursive: true })
// The folder is for its owner; the files in it are mounted into containers, whose users are others.
chmodSync(folder, 0o700)

keep('secret', makePassword())
keep('admin-password', makePassword())
keep('postgres-password', makePassword())
keep('blobs-key-id', randomBytes(8).toString('hex'))
keep('blobs-key', makePassword())
const databases = serviceNames.map((name) => {
  const url = keep(
    `${name}-database-url`,
    `postgres://${name}:${makePassword()}@postgres:5432/${name}`,
  )
  return { name, password: new URL(url).password }
})
// Each owns its database and may nothing else; nobody else may look into it.
const roles = databases.flatMap(({ name, password }) => [
  `CREATE ROLE ${name} LOGIN PASSWORD '${password}' CONNECTION LIMIT 60;`,
  `CREATE DATABASE ${name} OWNER ${name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';`,
  `REVOKE ALL ON DATABASE ${name} FROM PUBLIC;`,
])
write('roles.sql', `${roles.join('\n')}\n`)
console.log(`The administrator is admin, with the password in ${join(folder, 'admin-password')}`)

function keep(name: string, fresh: string): string {
  const path = join(folder, name)
  if (!existsSync(path)) write(name, fresh)
  return readFileSync(path, 'utf8')
}

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text, { mode: 0o644 })
}

// No character that means anything in a URL, a shell or SQL.
function makePassword(): string {
  return randomBytes(32).toString('hex')
}
