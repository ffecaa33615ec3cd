/**
 * `bun run secrets [--at <folder>]`: generates the secrets that compose.yaml mounts, each a file in
 * `deploy/secrets/` beside it, unless it exists. Each service has its own secret and the public
 * keys of all. Nobody needs to know them; anybody with the folder can act as every service. It also
 * creates `backups/`, where the operator's container writes.
 *
 * `bun run secrets rotate`: gives each service a new secret, and keeps the previous one.
 */
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { partNames, serviceNames } from '../services/index.ts'
import { createSecret } from '../shared/host/secret.ts'
import { toServiceKey } from '../shared/host/service-token.ts'
import { fail } from './fail.ts'

const { values, positionals } = parseArgs({
  options: { at: { type: 'string', default: join(import.meta.dir, '..') } },
  allowPositionals: true,
})
const folder = join(values.at, 'deploy/secrets')
const backups = join(values.at, 'backups')
const settings = join(values.at, '.env')
const isRotation = positionals[0] === 'rotate'
if (positionals.length > (isRotation ? 1 : 0)) {
  fail(`bun run secrets [rotate]: there is no ${positionals.join(' ')}`, 2)
}
mkdirSync(folder, { recursive: true })
// Only the folder is private: its files are mounted into containers that run as other users.
chmodSync(folder, 0o700)

// A container writes here as another user: like /tmp, where only owners can remove files.
mkdirSync(backups, { recursive: true })
if ((statSync(backups).mode & 0o2) === 0) {
  try {
    chmodSync(backups, 0o1777)
  } catch {
    // The container engine created it as root, because it did not exist when a container needed it.
    fail(`Containers cannot write backups: run  sudo chmod 1777 backups`)
  }
}

if (!existsSync(settings)) writeFileSync(settings, '# See .env.example.\n')

// Formerly shared by all services: what it signed stays valid, but it authenticates no service.
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
// Empty: no mail is sent.
keep('smtp-url', '')
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
// Each role owns its database and has no other rights; no other role may connect to it.
const roles = databases.flatMap(({ name, password }) => [
  `CREATE ROLE ${name} LOGIN PASSWORD '${password}' CONNECTION LIMIT 60;`,
  `CREATE DATABASE ${name} OWNER ${name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';`,
  `REVOKE ALL ON DATABASE ${name} FROM PUBLIC;`,
])
write('roles.sql', `${roles.join('\n')}\n`)
if (isRotation) console.log('Restart users and ratings, then the others; see docs/operations')
else console.log(`The administrator is admin, with the password in deploy/secrets/admin-password`)

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

// No character with a special meaning in a URL, a shell or SQL.
function makePassword(): string {
  return randomBytes(32).toString('hex')
}
