/**
 * Lists changes to the OpenAPI document that break clients, compared with an earlier revision;
 * exits with 1 if there are any. `bun run breaking v1.2` compares with that revision; by default
 * with the last commit. Needs Go, which builds the comparison once.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const oasdiff = 'github.com/oasdiff/oasdiff@v1.38.0'
const document = 'services/openapi.json'
const [revision = 'HEAD'] = process.argv.slice(2)

const earlier = Bun.spawnSync(['git', 'show', `${revision}:${document}`])
if (!earlier.success) {
  console.error(`There is no ${document} in ${revision}: ${earlier.stderr.toString().trim()}`)
  process.exit(2)
}
const folder = await mkdtemp(join(tmpdir(), 'campus-breaking-'))
const base = join(folder, 'earlier.json')
await Bun.write(base, earlier.stdout)
const compare = ['go', 'run', oasdiff, 'breaking', base, document, '--fail-on', 'ERR']
const { exitCode } = Bun.spawnSync(compare, { stdio: ['ignore', 'inherit', 'inherit'] })
await rm(folder, { recursive: true })
process.exit(exitCode)
