/**
 * Builds the single binary, with the runtime, migrations, documentation and console inside.
 * `bun run build [file] [options]`: the file defaults to `dist/campus`; options are passed to
 * `bun build`; `--target=bun-linux-arm64` cross-compiles.
 */
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { serviceNames } from '../services/index.ts'
import { requireConsole } from './web.ts'

const root = join(import.meta.dir, '..')
// Read at the paths they have here; see `locateFile`.
const files = [
  ...serviceNames.map((name) => `services/${name}/migrations`),
  'services/inventory/sample-photos',
  'services/users/common-passwords.txt.zst',
  'shared/mail/templates',
  'node_modules/swagger-ui-dist/swagger-ui-bundle.js',
  'node_modules/swagger-ui-dist/swagger-ui.css',
  'web/dist',
]
// Worker threads and child processes need entry points of their own.
const programs = [
  'operator/campus.ts',
  'packages/store/src/sqlite-worker.ts',
  'packages/store/src/sqlite-reader-worker.ts',
]

await requireConsole()
const given = process.argv.slice(2)
const file = given[0]?.startsWith('--') ? undefined : given.shift()
const staged = mkdtempSync(join(tmpdir(), 'campus-build-'))
try {
  build(file ?? join(root, 'dist/campus'), given)
} finally {
  rmSync(staged, { recursive: true })
}

function build(file: string, given: string[]): void {
  for (const each of files) {
    cpSync(join(root, each), join(staged, each), { recursive: true })
  }
  // Bun embeds a folder under its last name only, hence the copy.
  const assets = new Set(files.map((each) => each.split('/')[0] ?? each))
  const built = join(staged, 'campus')
  const options = [
    '--compile',
    '--minify',
    // Embedded, so that logged stack traces name source lines.
    '--sourcemap',
    // Parsed at build time, for a faster start.
    '--bytecode',
    '--format=esm',
    '--no-compile-autoload-bunfig',
    ...Array.from(assets, (folder) => `--asset=${join(staged, folder)}`),
    `--outfile=${built}`,
  ]
  const command = [process.execPath, 'build', ...programs, ...options, ...given]
  const run = Bun.spawnSync(command, { cwd: root, stdout: 'pipe', stderr: 'pipe' })
  if (!run.success) throw new Error(`${run.stdout}${run.stderr}`)
  mkdirSync(dirname(file), { recursive: true })
  // A running binary keeps the old file.
  rmSync(file, { force: true })
  copyFileSync(built, file)
  console.log(`${file}: ${Math.round(statSync(file).size / 1e6)} MB`)
}
