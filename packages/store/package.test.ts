import { afterAll, beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeStores } from '../../shared/testing/describe-stores.ts'

setDefaultTimeout(120_000)

const folder = import.meta.dir

/** Runs a command. @returns what it wrote @throws Error with all of it when it fails */
async function run(cwd: string, command: string[], url = ''): Promise<string> {
  const env = { ...process.env, DATABASE_URL: url }
  const child = Bun.spawn(command, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const [output, errors] = await Promise.all([child.stdout.text(), child.stderr.text()])
  if ((await child.exited) !== 0) throw new Error(`${command.join(' ')}:\n${output}${errors}`)
  return output
}

let project: string
let packed: string[]
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'campus-store-package-'))
  await run(folder, [process.execPath, 'pm', 'pack', '--quiet', '--destination', project])
  const tarball = (await readdir(project)).find((name) => name.endsWith('.tgz'))
  await Bun.write(join(project, 'package.json'), '{"private":true,"type":"module"}')
  await run(project, [process.execPath, 'add', '--silent', `./${tarball}`])
  packed = await readdir(join(project, 'node_modules/@campus/store'), { recursive: true })
  const readme = await readFile(join(folder, 'README.md'), 'utf8')
  const block = (language: string) =>
    new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 's').exec(readme)?.[1] ?? ''
  await Bun.write(join(project, 'shelf.ts'), block('ts'))
  for (const dialect of ['sqlite', 'postgres']) {
    await mkdir(join(project, 'migrations', dialect), { recursive: true })
    await Bun.write(join(project, 'migrations', dialect, '0001_books.sql'), block(dialect))
  }
})
afterAll(() => rm(project, { recursive: true }))

it('the package holds its code, and no tests', () => {
  expect(packed).toContain('src/index.ts')
  expect(packed).toContain('README.md')
  expect(packed.filter((path) => /\.test\.ts$|testing/.test(path))).toEqual([])
})

describeStores('the package of the store', (makeDatabase) => {
  it('is used from an empty project, as its README says', async () => {
    const database = await makeDatabase()
    try {
      const url = database.url.replace('{service}', 'shelf')
      const said = await run(project, [process.execPath, 'shelf.ts'], url)
      const dialect = url.startsWith('sqlite:') ? 'sqlite' : 'postgres'
      expect(said).toBe(`2 of 3 on ${dialect}\nunique\n`)
    } finally {
      await database.remove()
    }
  })
})
