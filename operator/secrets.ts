/**
 * `bun run secrets`: makes the secrets that compose.yaml hands out, each a file of
 * `deploy/secrets/` that is not there yet. Each service has a secret of its own and the public keys
 * of all. Nobody need know them; who has the folder can act as every service.
 *
 * `bun run secrets rotate`: gives each service a new secret, and keeps the one before.
 */
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { partNames, serviceNames } from '../services/index.ts'
import { createSecret } from '../shared/host/secret.ts'
import { toServiceKey } from '../shared/host/service-token.ts'
import { fail } from './fail.ts'

const { values, positionals } = parseArgs({
  options: { folder: { type: 'string', default: join(import.meta.dir, '../deploy/secrets') } },
  allowPositionals: true,
})
const { folder } = values
const isRotation = positionals[0] === 'rotate'
if (positionals.length > (isRotation ? 1 : 0)) {
  fail(`bun run secrets [rotate]: there is no ${positionals.join(' ')}`, 2)
}
mkdirSync(folder, { recursive: true })
// The folder is for its owner; the files in it are mounted into containers, whose users are others.
chmodSync(folder, 0o700)

// Once all services shared this one: what it signed is still good, but it proves nobody.
const shared = existsSync(join(folder, 'secret')) ? read('secret') : ''
const keys = partNames.map((name) => {
  if (isRotation) rotate(`${name}-secret`)
  const own = keep(`${name}-secret`, makePassword())
  const previous = keep(`${name}-secret-previous`, shared)
  const proving = [own, previous].filter((secret) => secret !== '' && secret !== shared)
  return [name, proving.map((secret) => toServiceKey(createSecret(secret), name))] as const
})
write('service-keys', `${JSON.stringify(Object.fromEntries(keys), null, 2)}\n`)
keep('admin-password', makePassword())
keep('postgres-password', makePassword())
keep('blobs-key-id', randomBytes(8).toString('hex'))
keep('blobs-key', makePassword())
const limitsPassword = keep('limits-password', makePassword())
keep('limits-url', `redis://:${limitsPassword}@limits:6379`)
const prometheusPassword = keep('prometheus-password', makePassword())
const hash = await Bun.password.hash(prometheusPassword, { algorithm: 'bcrypt', cost: 10 })
keep('prometheus-web.yaml', `basic_auth_users: { admin: '${hash}' }\n`)
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
if (isRotation) console.log('Restart users and ratings, then the others; see docs/operations')
else
  console.log(`The administrator is admin, with the password in ${join(folder, 'admin-password')}`)

function rotate(name: string): void {
  if (!existsSync(join(folder, name))) return
  write(`${name}-previous`, read(name))
  write(name, makePassword())
}

function keep(name: string, fresh: string): string {
  if (!existsSync(join(folder, name))) write(name, fresh)
  return read(name)
}

function read(name: string): string {
  return readFileSync(join(folder, name), 'utf8').trim()
}

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text, { mode: 0o644 })
}

// No character that means anything in a URL, a shell or SQL.
function makePassword(): string {
  return randomBytes(32).toString('hex')
}
