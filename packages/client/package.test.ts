import { afterAll, beforeAll, describe, expect, it, setDefaultTimeout } from 'bun:test'
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { browserPath } from '../../scripts/browser/stage.ts'
import { listenForTest } from '../../shared/testing/listen.ts'
import { startForTest, testPassword, type TestSystem } from '../../services/testing/system.ts'
import { loadClient, run } from './fixture.ts'
import type * as Package from './src/index.ts'

setDefaultTimeout(120_000)

const folder = import.meta.dir
// A page of another origin, which has the client in it.
const page = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  routes: {
    '/': new Response('<!doctype html><title>page</title>', {
      headers: { 'content-type': 'text/html' },
    }),
    '/client.js': async () => {
      const entrypoints = [join(folder, 'dist/index.js')]
      const { outputs } = await Bun.build({ entrypoints, target: 'browser', format: 'esm' })
      return new Response(outputs[0])
    },
  },
})
afterAll(() => page.stop(true))

// A code is one of the list, which editors complete, or any other of a later version.
const codesExample = `
import type { ProblemCode, ProblemError } from '@campus/client'
type Listed<Code> = Code extends string ? (string extends Code ? never : Code) : never
export const listed: Listed<ProblemCode>[] = ['book_exists', 'unreachable']
export const isMisspelt: 'book_exist' extends Listed<ProblemCode> ? true : false = false
export const isLater = (error: ProblemError) => error.code === 'of_a_later_version'
export const codesOf = ({ code, problem }: ProblemError): ProblemCode[] => [code, problem.code]
`

describe('the package of the client', () => {
  let system: TestSystem
  let url: string
  beforeAll(async () => {
    await loadClient()
    const data = await mkdtemp(join(tmpdir(), 'campus-package-'))
    system = await startForTest(
      async () => ({
        url: `sqlite:${data}/{service}.sqlite`,
        remove: () => rm(data, { recursive: true, force: true }),
      }),
      { environment: { CORS_ORIGINS: page.url.origin } },
    )
    url = listenForTest(system.app)
    await system.fillSamples()
  })
  afterAll(() => system.close())

  it('is packed, and used from an empty project by Node', async () => {
    const project = await mkdtemp(join(tmpdir(), 'campus-client-'))
    try {
      await cp(join(folder, 'dist'), join(project, 'package/dist'), { recursive: true })
      for (const name of ['package.json', 'README.md'])
        await cp(join(folder, name), join(project, `package/${name}`))
      await run(join(project, 'package'), 'npm pack --ignore-scripts --pack-destination ..')
      await Bun.write(join(project, 'package.json'), '{"private":true,"type":"module"}')
      await run(project, 'npm install --offline --no-audit --no-fund ./campus-client-*.tgz')
      const readme = await readFile(join(folder, 'README.md'), 'utf8')
      const example = /```ts\n(.*?)```/s.exec(readme)?.[1] ?? ''
      expect(example).toContain('http://127.0.0.1:3000')
      await Bun.write(join(project, 'session.ts'), example.replace('http://127.0.0.1:3000', url))
      await Bun.write(join(project, 'codes.ts'), codesExample)
      await run(
        project,
        `${folder}/node_modules/.bin/tsc --strict --target es2022 --module nodenext ` +
          '--lib es2023,dom,dom.asynciterable session.ts codes.ts',
      )
      const said = await run(project, 'node session.js')
      expect(said).toMatch(/^(booked|taken by) [-0-9a-f]{36}\n/)
      expect(said.split('\n').length).toBeGreaterThan(30)
    } finally {
      await rm(project, { recursive: true })
    }
  })

  it.skipIf(!browserPath)('runs in a page of another origin', async () => {
    await system.tokenOf('ada')
    const executablePath = browserPath ?? ''
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
    try {
      const tab = await browser.newPage()
      await tab.goto(page.url.href)
      const done = await tab.evaluate(
        async ([url, password, source]) => {
          const { createClient, ProblemError } = (await import(source)) as typeof Package
          const client = createClient({ url })
          await client.logIn({ username: 'ada', password })
          const titles = []
          for await (const { title } of client.pages('/api/books', { query: { limit: 10 } }))
            titles.push(title)
          const made = await client.post('/api/books', { body: { title: 'Page', author: 'Ada' } })
          const path = { id: String(made.data.id) }
          const { etag = '' } = await client.get('/api/books/{id}', { path })
          await client.delete('/api/books/{id}', { path, ifMatch: etag })
          const gone = await client
            .get('/api/books/{id}', { path })
            .catch((error: unknown) => error)
          const name = 'page.txt'
          const place = await client.upload(new Blob(['from a page']), { name })
          const text = await (await client.fetch(`${place}/content`)).text()
          return [titles.length > 30, gone instanceof ProblemError && gone.code, text]
        },
        [url, testPassword, `${page.url.href}client.js`] as const,
      )
      expect(done).toEqual([true, 'book_not_found', 'from a page'])
    } finally {
      await browser.close()
    }
  })
})
