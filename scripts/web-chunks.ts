/**
 * Bundles shared code of the console's pages in few files. By default the bundler makes one for
 * each set of pages that share something, and every page requests thirty of them. Here each page
 * imports everything of its area, so that few such sets remain.
 */
import { join } from 'node:path'
import type { BunPlugin } from 'bun'

/** The language that is built in. */
export type BuiltLanguage = 'en' | 'de'

/** Folders, or pages of them, that form one area; every other one is its own. */
const areas: Record<string, string> = {
  board: 'bookings',
  displays: 'bookings',
  manage: 'bookings',
  photo: 'bookings',
  resource: 'bookings',
  rules: 'bookings',
  series: 'bookings',
  'session/account.tsx': 'people',
  'session/removal.tsx': 'people',
  setup: 'bookings',
}
// Visitors of this page must not wait for other parts of its area.
const firstPage = 'web/board/board-page.tsx'

/** The parts of the bundler's metadata that are used. */
interface Sources {
  [path: string]: { imports: { path: string; kind?: string; entryPoint?: string }[] }
}

/**
 * The additional imports of each page, so that shared code ends up in its area.
 * @param sources of a build without them
 */
export function planImports(sources: Sources, main: string): Map<string, string[]> {
  const reach = (from: string, found = new Set<string>()) => {
    if (found.has(from)) return found
    found.add(from)
    for (const { path, kind } of sources[from]?.imports ?? []) {
      if (kind === 'import-statement') reach(path, found)
    }
    return found
  }
  const first = reach(main)
  const pages = Object.values(sources)
    .flatMap(({ imports }) => imports.map(({ entryPoint }) => entryPoint ?? ''))
    .filter((path) => /^web\/.*\.tsx?$/.test(path))
  const users = new Map<string, Set<string>>()
  for (const page of new Set(pages)) {
    for (const path of reach(page)) {
      if (!first.has(path)) users.set(path, (users.get(path) ?? new Set()).add(page))
    }
  }
  // Packages are large and used by few: they stay with the code that needs them.
  const isOwn = (path: string) =>
    [...reach(path)].every((it) => first.has(it) || !it.includes('node_modules'))
  const shared = [...users].filter(([path, by]) => by.size > 1 && isOwn(path))
  const plan = new Map<string, string[]>([[main, []]])
  for (const page of new Set(pages)) plan.set(page, [main])
  for (const [path, by] of shared) {
    const wanted = new Set([...by].map(areaOf))
    if (wanted.size > 1) plan.get(main)?.push(path)
    for (const [page, imports] of plan) {
      const isFirst = page === firstPage && !by.has(page)
      if (wanted.size === 1 && wanted.has(areaOf(page)) && !isFirst) imports.push(path)
    }
  }
  return plan
}

function areaOf(page: string): string {
  const [folder = '', name = ''] = page.split('/').slice(-2)
  return areas[`${folder}/${name}`] ?? areas[folder] ?? folder
}

/** Adds those imports. @param root of the plan's relative paths */
export function addImports(plan: Map<string, string[]>, root: string): BunPlugin {
  return {
    name: 'few files',
    setup: (build) => {
      build.onLoad({ filter: /\/web\/.*\.tsx?$/ }, async ({ path }) => {
        const wanted = plan.get(path.slice(root.length + 1)) ?? []
        const lines = wanted.map((it) => `import ${JSON.stringify(join(root, it))}\n`)
        const loader = path.endsWith('x') ? 'tsx' : 'ts'
        return { contents: lines.join('') + (await Bun.file(path).text()), loader }
      })
    },
  }
}

/**
 * The texts for readers of one language: those come with the code that shows them, the other
 * language is loaded when it is chosen. In the sources the first is English.
 */
export function placeCatalogues(folder: string, language: BuiltLanguage): BunPlugin[] {
  const other = language === 'de' ? 'en' : 'de'
  return [joinCatalogues(folder, other), ...(language === 'de' ? [swapCatalogues()] : [])]
}

/**
 * Puts the texts of a language that few need at first into one file, except those everybody needs.
 */
function joinCatalogues(folder: string, language: BuiltLanguage): BunPlugin {
  return {
    name: 'one catalogue',
    setup: (build) => {
      const namespace = 'catalogue'
      const path = `${language}-parts`
      build.onResolve({ filter: /locale\/\w+\/de\.json$/ }, () => ({ path, namespace }))
      build.onLoad({ filter: /./, namespace }, async () => {
        const paths = await Array.fromAsync(new Bun.Glob(`*/${language}.json`).scan(folder))
        const own = paths.filter((one) => !one.startsWith('book/')).toSorted()
        const all = await Promise.all(own.map((one) => Bun.file(join(folder, one)).json()))
        const contents = `export default ${JSON.stringify(Object.assign({}, ...all))}`
        return { contents, loader: 'js' }
      })
    },
  }
}

function swapCatalogues(): BunPlugin {
  const swapped = { en: 'de', de: 'en' } as const
  return {
    name: 'the other catalogue',
    setup: (build) => {
      build.onLoad({ filter: /locale\/(?:\w+\/)?(?:en|de)\.json$/ }, async ({ path }) => {
        const other = path.replace(/(en|de)\.json$/, (_, name: BuiltLanguage) => {
          return `${swapped[name]}.json`
        })
        return { contents: await Bun.file(other).text(), loader: 'json' }
      })
    },
  }
}
