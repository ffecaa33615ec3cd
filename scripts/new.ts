/**
 * `bun run new service <name> [thing]`: generates a small, complete service: routes, rules,
 * migrations for both databases, tests, sample data, README, and an entry wherever all services are
 * listed. Based on `scripts/service-template`; its entries follow those of `ratings`.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fail, orFail } from '../operator/fail.ts'
import document from '../services/openapi.json'
import { campus, serviceNames } from '../services/index.ts'
import { generateMigration } from './migration/generate.ts'
import { edits, likeModel, manifest } from './new/entries.ts'
import { readWords, rename, toTitle, type Words } from './new/words.ts'

const root = join(import.meta.dir, '..')
const template = 'scripts/service-template'
const read = (path: string) => readFileSync(join(root, path), 'utf8')

const [kind, service, thing, ...rest] = process.argv.slice(2)
if (kind !== 'service' || rest.length > 0) fail('Usage: bun run new service <name> [thing]', 2)
const port = Math.max(...Object.values(campus).map((part) => part.port)) + 1
const words = orFail(() => readWords({ service, thing, port, isTaken }))
requireCleanCheckout()
const made = orFail(() => ({ ...makeFiles(words), ...makeEntries(words) }))
for (const [path, text] of Object.entries(made)) {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}
for (const dialect of ['sqlite', 'postgres'] as const) {
  const { folder, snapshot } = await generateMigration(words.service, dialect)
  writeFileSync(join(folder, 'snapshot.json'), snapshot)
}
const written = Object.keys(made)
run('bun', 'install', '--silent')
run('bunx', 'oxfmt', ...written.filter((path) => /\.(?:ts|json|yaml)$/.test(path)))
run('bun', 'scripts/openapi.ts')
console.log(`${written.toSorted().join('\n')}

services/${words.service} is a service that keeps ${words.things}, at port ${port}. Try it:
  bun test services/${words.service}
  cd services/${words.service} && bun dev
Then make it yours: the wire in shared/schemas/${words.thing}.ts, the rules in service.ts, what must
hold in migrations/, which may be rewritten until they are first released.`)

/** Names already taken, and by what. */
function isTaken(word: string): string | undefined {
  const { services: containers } = Bun.YAML.parse(read('compose.yaml')) as { services: object }
  const schemas: object = document.components.schemas
  const text = listTemplate()
    .map((path) => read(path))
    .join('\n')
  if (existsSync(join(root, 'services', word))) return `services/${word}`
  if (word in containers) return 'compose.yaml'
  if (`/api/${word}` in document.paths) return `the path /api/${word}`
  if (toTitle(word) in schemas) return `the schema ${toTitle(word)}`
  if (existsSync(join(root, `shared/schemas/${word}.ts`))) return `shared/schemas/${word}.ts`
  return new RegExp(`\\b(?:${word}|${toTitle(word)})\\b`).test(text)
    ? 'what its own code uses'
    : undefined
}

/** Requires a clean tree, so that the result can be reviewed, and discarded, as one change. */
function requireCleanCheckout(): void {
  const git = Bun.spawnSync(['git', 'status', '--porcelain'], { cwd: root })
  const changed = git.stdout.toString().trimEnd()
  if (!git.success || changed === '') return
  fail(`There are uncommitted changes. Commit or stash them first:\n${changed}`)
}

function listTemplate(): string[] {
  const entries = readdirSync(join(root, template), { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return files.map(({ parentPath, name }) => join(parentPath, name).slice(root.length + 1))
}

function makeFiles(words: Words): Record<string, string> {
  return Object.fromEntries(
    listTemplate().map((path) => {
      const own = path.slice(template.length + 1)
      return own === 'note.ts'
        ? [
            `shared/schemas/${words.thing}.ts`,
            rename(read(path), words).replaceAll('../../shared/schemas/', './'),
          ]
        : [`services/${words.service}/${rename(own, words)}`, rename(moved(read(path)), words)]
    }),
  )
}

// The template is as deep in the tree as a service, except that its wire model is beside it.
function moved(text: string): string {
  return text
    .replaceAll("'./note.ts'", "'../../shared/schemas/note.ts'")
    .replaceAll("'../../services/", "'../")
}

/** @throws Error when a file no longer has a list of services */
function makeEntries(words: Words): Record<string, string> {
  const changed = Object.entries(edits).map(([path, edit]) => {
    const [before, after] = [read(path), edit(read(path), words, serviceNames)]
    if (before === after)
      throw new Error(`${path}: its list of services was not found. Nothing was generated.`)
    return [path, after] as const
  })
  return {
    ...Object.fromEntries(changed),
    [manifest(words.service)]: likeModel(read(manifest()), words),
  }
}

function run(...command: string[]): void {
  if (Bun.spawnSync(command, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] }).success) return
  fail(`${command.join(' ')} failed. To start over:
  git restore . && git clean -fd services shared deploy`)
}
