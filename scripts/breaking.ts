/**
 * Lists changes to the OpenAPI document that break clients; exits with 1 if there are any and
 * CHANGELOG.md has nothing new under "clients may need to adapt". `bun run breaking v1.2` compares
 * with that revision; by default with the last release, and before the first one with the last
 * commit whose document is another. Skipped with a message without one, as in a shallow clone, or
 * without Go, which builds the comparison once.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const oasdiff = 'github.com/oasdiff/oasdiff@v1.38.0'
const document = 'services/openapi.json'
const changes = 'CHANGELOG.md'
const heading = '### Changed: clients may need to adapt'

function run(...command: string[]) {
  try {
    const { success, stdout, stderr } = Bun.spawnSync(command)
    return { success, text: stdout.toString(), error: stderr.toString().trim() }
  } catch (error) {
    return { success: false, text: '', error: String(error) } // not installed
  }
}

const show = (revision: string, file: string) => run('git', 'show', `${revision}:${file}`)

async function findBase(): Promise<string | undefined> {
  const release = run('git', 'describe', '--tags', '--abbrev=0')
  if (release.success) return release.text.trim()
  const now = await Bun.file(document).text()
  const { text } = run('git', 'log', '-2', '--format=%H', '--', document)
  for (const revision of text.split('\n').filter(Boolean)) {
    const { success, text: before } = show(revision, document)
    if (success && before !== now) return revision
  }
  return undefined
}

/** The entries of all versions under the heading. */
function readSection(changelog: string): string {
  const parts = changelog.split(/^(?=##+ )/m)
  return parts.filter((part) => part.startsWith(heading)).join('')
}

/** The codes of problems, which no tool takes for more than examples. */
function listCodes(text: string): string[] {
  const { components } = JSON.parse(text) as { components: { schemas: Schemas } }
  return components.schemas.Problem?.properties.code.examples ?? []
}

interface Schemas {
  Problem?: { properties: { code: { examples?: string[] } } }
}

async function compare(revision: string): Promise<number> {
  if (!run('go', 'run', oasdiff, '--version').success) return skip('oasdiff could not be built')
  const earlier = show(revision, document)
  if (!earlier.success) {
    console.error(`There is no ${document} in ${revision}: ${earlier.error}`)
    return 2
  }
  console.log(`breaking: compared with ${revision}`)
  const folder = await mkdtemp(join(tmpdir(), 'campus-breaking-'))
  const base = join(folder, 'earlier.json')
  await Bun.write(base, earlier.text)
  const difference = ['go', 'run', oasdiff, 'breaking', base, document, '--fail-on', 'ERR']
  const { exitCode } = Bun.spawnSync(difference, { stdio: ['ignore', 'inherit', 'inherit'] })
  await rm(folder, { recursive: true })
  const known = listCodes(await Bun.file(document).text())
  const gone = listCodes(earlier.text).filter((code) => !known.includes(code))
  for (const code of gone) console.error(`error: the code ${code} is gone, in Problem`)
  if (exitCode === 0 && gone.length === 0) return 0
  const said = readSection(show(revision, changes).text)
  const says = readSection(await Bun.file(changes).text()).split('\n')
  if (!says.some((line) => line.startsWith('- ') && !said.includes(line))) {
    console.error(`breaking: say them in ${changes} under "${heading.slice(4)}", if intended`)
    return 1
  }
  console.log(`breaking: ${changes} tells clients what to adapt`)
  return 0
}

function skip(reason: string): number {
  console.log(`breaking: skipped, as ${reason}`)
  return 0
}

const base = process.argv[2] ?? (await findBase())
process.exitCode = base ? await compare(base) : skip('there is no earlier document here')
