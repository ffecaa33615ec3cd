/**
 * Builds the console from `web/` into `web/dist`. `bun run web` always builds; `--if-needed`, used
 * by `bun start`, only when a source is newer; `--watch` rebuilds at each change.
 */
import { watch } from 'node:fs'
import { copyFile, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import type { BuildConfig } from 'bun'
import type { ConsoleFile, ConsoleManifest } from '../services/gateway/console.ts'
import { bookPath, displayPath, pages } from '../web/pages.ts'
import { addImports, placeCatalogues, planImports, type BuiltLanguage } from './web-chunks.ts'

const root = join(import.meta.dir, '..')
const sources = join(root, 'web')
const client = join(root, 'packages', 'client', 'src')
const output = join(sources, 'dist')
const consoleDocument = 'index.html'
const germanDocument = 'index.de.html'
const bookDocument = 'book.html'
/** The entry of each document that loads parts later. */
const mains: Record<string, string> = {
  [consoleDocument]: 'web/main.tsx',
  [bookDocument]: 'web/book/main.tsx',
}
const displayDocument = 'display.html'
// Files that make the app for phones installable. They are at the top level, as a worker controls
// only what is below its own folder.
const appFiles = {
  'book-worker.js': 'text/javascript;charset=utf-8',
  'book.webmanifest': 'application/manifest+json',
  'book-icon.svg': 'image/svg+xml',
}

// Inputs of the build besides the sources.
const otherInputs = ['bun.lock', 'scripts/web.ts', 'scripts/web-chunks.ts'].map((path) =>
  join(root, path),
)
// Below this, compression saves no packet.
const compressedMin_bytes = 1000

if (import.meta.main) {
  const ifNeeded = process.argv.includes('--if-needed')
  if (!ifNeeded || (await isOutOfDate())) await buildConsole()
  if (process.argv.includes('--watch')) watchSources()
}

/** Builds when there is no build or a source is newer: for tests and scripts. */
export async function requireConsole(): Promise<void> {
  if (await isOutOfDate()) await buildConsole()
}

// Editors write a file in several steps.
const settle_ms = 50

function watchSources(): void {
  let timer: Timer | undefined
  watch(sources, { recursive: true }, (_, path) => {
    if (path?.startsWith('dist')) return
    clearTimeout(timer)
    timer = setTimeout(() => buildConsole().catch(console.error), settle_ms)
  })
}

async function isOutOfDate(): Promise<boolean> {
  const built = await stat(join(output, 'manifest.json')).catch(() => undefined)
  if (!built) return true
  const times = await Promise.all([...otherInputs, ...(await listSources())].map(readTime))
  return times.some((time) => time > built.mtimeMs)
}

// Folders too: their modification time reveals deleted files.
async function listSources(): Promise<string[]> {
  const entries = await readdir(sources, { recursive: true })
  const isSource = (path: string) => !/^(?:dist|node_modules)(?:\/|$)/.test(path)
  return [
    sources,
    ...entries.filter(isSource).map((path) => join(sources, path)),
    ...(await readdir(client)).map((path) => join(client, path)),
  ]
}

async function readTime(path: string): Promise<number> {
  // The time of web/ itself changes with each build of web/dist inside it.
  if (path === sources) return 0
  return (await stat(path)).mtimeMs
}

async function buildConsole(): Promise<void> {
  const started = performance.now()
  // Built in a temporary folder and renamed, so that a gateway never serves a partial build.
  const fresh = `${output}.${process.pid}`
  try {
    const files: Record<string, ConsoleFile> = {}
    // Sequentially, so that none is split by what it shares with another.
    for (const [document, language] of [
      [consoleDocument, 'en'],
      [consoleDocument, 'de'],
      [bookDocument, 'en'],
      [displayDocument, 'en'],
    ] as const) {
      const outputs = await bundle(document, { outdir: fresh, language })
      for (const { path, type } of outputs) {
        files[path.slice(fresh.length)] ??= await addVariants(path, type)
      }
      if (document === bookDocument) await makeInstallable(outputs, fresh)
    }
    for (const [name, type] of Object.entries(appFiles)) {
      files[`/${name}`] = await addVariants(join(fresh, name), type)
    }
    const manifest: ConsoleManifest = {
      pages: {
        ...Object.fromEntries(['/', ...pages.map(({ path }) => path)].map(toConsole)),
        [bookPath]: `/${bookDocument}`,
        [displayPath]: `/${displayDocument}`,
        ...Object.fromEntries(Object.keys(appFiles).map((name) => [`/${name}`, `/${name}`])),
      },
      translations: { de: { [`/${consoleDocument}`]: `/${germanDocument}` } },
      files,
    }
    await Bun.write(join(fresh, 'manifest.json'), JSON.stringify(manifest, null, 2))
    await rm(output, { recursive: true, force: true })
    // Two concurrent builds produce the same; either one will do.
    await rename(fresh, output).catch(ignoreExisting)
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
  console.log(`The console is built: ${Math.round(performance.now() - started)} ms`)
}

/** @param outputs the app's files, for its worker to cache */
async function makeInstallable(outputs: { path: string }[], folder: string): Promise<void> {
  const own = outputs.map(({ path }) => path.slice(folder.length))
  const bookFiles = own.filter((path) => path.startsWith('/assets/')).toSorted()
  const { outputs: made } = await Bun.build({
    entrypoints: [join(sources, 'book', 'worker.ts')],
    target: 'browser',
    minify: true,
    define: {
      bookFiles: JSON.stringify(bookFiles),
      buildName: JSON.stringify(Bun.hash(bookFiles.join()).toString(36)),
    },
  })
  const [worker] = made
  if (worker) await Bun.write(join(folder, 'book-worker.js'), await worker.text())
  await copyFile(join(sources, 'book', 'app.webmanifest'), join(folder, 'book.webmanifest'))
  await copyFile(join(sources, 'icon.svg'), join(folder, 'book-icon.svg'))
}

function toConsole(path: string): [path: string, document: string] {
  return [path, `/${consoleDocument}`]
}

interface Bundling {
  outdir: string
  language: BuiltLanguage
}

async function bundle(document: string, { outdir, language }: Bundling) {
  const options: BuildConfig = {
    entrypoints: [join(sources, document)],
    root: sources,
    target: 'browser',
    splitting: true,
    minify: true,
    publicPath: '/',
    naming: {
      entry: language === 'de' ? '[name].de.[ext]' : '[name].[ext]',
      chunk: 'assets/[name]-[hash].[ext]',
      asset: 'assets/[name]-[hash].[ext]',
    },
    define: { 'process.env.NODE_ENV': '"production"', builtFor: JSON.stringify(language) },
  }
  const main = mains[document]
  if (main === undefined) return (await Bun.build({ ...options, outdir })).outputs
  const { metafile } = await Bun.build({ ...options, metafile: true })
  const plan = planImports(metafile?.inputs ?? {}, main)
  const isConsole = document === consoleDocument
  const catalogues = isConsole ? placeCatalogues(join(sources, 'locale'), language) : []
  const plugins = [addImports(plan, root), ...catalogues]
  return (await Bun.build({ ...options, outdir, plugins })).outputs
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
}

/** Writes `name.br` and `name.gz` beside a file where compression pays. */
async function addVariants(path: string, type: string): Promise<ConsoleFile> {
  const content = await Bun.file(path).bytes()
  const file: ConsoleFile = {
    type,
    etag: `"${Bun.hash(content).toString(36)}"`,
    bytes: content.length,
    encodings: {},
  }
  if (content.length < compressedMin_bytes) return file
  const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY }
  const variants = {
    br: { suffix: '.br', content: brotliCompressSync(content, { params }) },
    gzip: { suffix: '.gz', content: gzipSync(content, { level: 9 }) },
  }
  for (const [name, { suffix, content }] of Object.entries(variants)) {
    await Bun.write(path + suffix, content)
    file.encodings[name as keyof typeof variants] = { suffix, bytes: content.length }
  }
  return file
}
