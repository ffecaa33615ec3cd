import { isCode, isTest, mayAct, type Rule } from './rule.ts'
import { linesWith, readImports, readSource, type Import } from './source.ts'

const example = 'services/books/shelf.ts'

/** Rules about what a file exports and imports. */
export const moduleRules: Rule[] = [
  {
    name: 'no default exports',
    instead: "export by name; a k6 scenario names its function with `exec: 'name'`",
    // A declaration file describes other packages' exports; Deno serves what a file exports so.
    find: ({ path, text }) =>
      isCode(path) && !path.endsWith('.d.ts') && path !== 'deno.ts'
        ? linesWith(
            readSource(text).code,
            /\bexport\s+default\b|\bexport\s*\{[^}]*\bas\s+default\b/g,
          )
        : [],
    refuses: [
      { path: example, text: 'export default 1' },
      { path: example, text: 'export { a as default }' },
    ],
    accepts: [{ path: example, text: "// export default\nconst a = 'export default'" }],
  },
  {
    name: 'no barrel files',
    instead: 'import from the file that owns the name, and delete this one',
    // The public API of a package is one list.
    find: ({ path, text }) =>
      isCode(path) && isBarrel(text) && !/^packages\/[^/]+\/src\/index\.ts$/.test(path) ? [0] : [],
    refuses: [
      { path: example, text: "export * from './a.ts'\nexport { b, type C } from './b.ts'\n" },
      { path: example, text: "// All of it.\nimport { a } from './a.ts'\nexport { a }\n" },
    ],
    accepts: [
      { path: example, text: "export { a } from './a.ts'\nexport const b = 1" },
      { path: example, text: "import './a.ts'" },
    ],
  },
  {
    name: 'relative imports carry their extension',
    instead: "write './name.ts'",
    find: (file) =>
      imports(
        file,
        ({ specifier }) =>
          /^\.{1,2}(?:\/|$)/.test(specifier) && !hasExtension(file.path, specifier),
      ),
    refuses: [
      { path: example, text: "import { a } from './a'" },
      { path: example, text: "export { a } from '../a.js'" },
      { path: example, text: "await import('./a')" },
    ],
    accepts: [
      { path: example, text: "import {\n  a,\n} from './a.ts'\nimport './a.css'" },
      { path: example, text: "import { b } from 'elysia'" },
      { path: 'load-tests/spread.js', text: "import { b } from './campus.js'" },
    ],
  },
  {
    name: 'shared knows no service',
    instead: 'hand it in as a parameter, or move this file to the service that owns it',
    find: (file) =>
      file.path.startsWith('shared/')
        ? imports(file, ({ specifier }) => resolve(file.path, specifier).startsWith('services/'))
        : [],
    refuses: [
      { path: 'shared/host/host.ts', text: "import type { A } from '../../services/a/index.ts'" },
    ],
    accepts: [{ path: 'shared/host/host.ts', text: "import { a } from './a.ts'" }],
  },
  {
    name: 'a package stands alone',
    instead: 'hand it in, or move what it needs along: a package is used without the rest',
    find: (file) => {
      const own = /^packages\/[^/]+\/src\//.exec(file.path)?.[0]
      if (own === undefined || isTest(file.path)) return []
      return imports(
        file,
        ({ specifier }) =>
          specifier.startsWith('.') && !resolve(file.path, specifier).startsWith(own),
      )
    },
    refuses: [
      { path: 'packages/store/src/a.ts', text: "import { b } from '../../../shared/b.ts'" },
      { path: 'packages/store/src/a.ts', text: "import type { b } from '../../client/src/b.ts'" },
    ],
    accepts: [
      { path: 'packages/store/src/a.ts', text: "import { b } from './b.ts'\nimport 'postgres'" },
      { path: 'packages/store/src/a.test.ts', text: "import { b } from '../../../shared/b.ts'" },
    ],
  },
  {
    name: 'a service knows no host, and neither does what it imports',
    instead: 'take it from the context; only the gateway and users, whose trade it is, import it',
    find: (file) =>
      mayKnowHost(file.path)
        ? []
        : imports(file, ({ specifier, typeOnly }) => {
            return !typeOnly && resolve(file.path, specifier).startsWith('shared/host/')
          }),
    refuses: [
      { path: example, text: "import { a } from '../../shared/host/config.ts'" },
      { path: 'shared/page.ts', text: "import { a } from './host/config.ts'" },
      { path: 'shared/mail/outbox.ts', text: "import { a } from '../host/tracing.ts'" },
    ],
    accepts: [
      { path: example, text: "import type { Config } from '../../shared/host/config.ts'" },
      {
        path: 'services/gateway/rate-limit.ts',
        text: "import { a } from '../../shared/host/limit.ts'",
      },
      { path: 'services/compose.ts', text: "import { host } from '../shared/host/host.ts'" },
    ],
  },
  {
    name: 'production code imports no tooling and no test',
    instead: 'move what both need to the folder of its owner; scripts/ imports it from there',
    find: (file) =>
      isProduction(file.path)
        ? imports(file, ({ specifier }) => {
            const path = resolve(file.path, specifier)
            return isTest(path) || /^(?:scripts|load-tests)\//.test(path)
          })
        : [],
    refuses: [
      { path: 'operator/doctor.ts', text: "import { a } from '../scripts/web.ts'" },
      { path: example, text: "import { a } from '../testing/system.ts'" },
      { path: 'serve.ts', text: "await import('./services/books/fixture.ts')" },
    ],
    accepts: [
      { path: 'operator/doctor.ts', text: "import { a } from '../services/index.ts'" },
      { path: 'scripts/load.ts', text: "import { a } from './web.ts'" },
      { path: 'operator/doctor.test.ts', text: "import { a } from '../scripts/web.ts'" },
    ],
  },
  {
    name: 'production code reads nothing of docs/',
    instead: 'put the file beside the code that reads it; docs/ is for people',
    find: ({ path, text }) =>
      isProduction(path) ? linesWith(text, /(['"`])(?:\.{0,2}\/)*docs\//g) : [],
    refuses: [
      { path: example, text: "import document from '../../docs/openapi.json'" },
      { path: 'operator/doctor.ts', text: 'readFileSync(`docs/operations/alerts.yaml`)' },
    ],
    accepts: [
      { path: 'operator/doctor.ts', text: "console.log('See docs/operations')" },
      { path: 'operator/operations.test.ts', text: "read('docs/operations/alerts.yaml')" },
    ],
  },
  {
    name: 'only an operator imports from operator/',
    instead: 'move it to shared/ or to its service; operator/ knows those, never the other way',
    find: (file) =>
      /^(?:services|shared|web)\/|^serve\.ts$/.test(file.path) && !isTest(file.path)
        ? imports(file, ({ specifier }) => resolve(file.path, specifier).startsWith('operator/'))
        : [],
    refuses: [{ path: example, text: "import { a } from '../../operator/fail.ts'" }],
    accepts: [{ path: 'scripts/load.ts', text: "import { a } from '../operator/fail.ts'" }],
  },
  {
    name: 'a service is imported by type only',
    instead: "write `import type`, and call it through context.client('name')",
    find: (file) =>
      mayNameServices(file.path)
        ? []
        : imports(file, ({ specifier, typeOnly }) => {
            const owner = serviceOf(resolve(file.path, specifier))
            return !typeOnly && owner !== undefined && owner !== serviceOf(file.path)
          }),
    refuses: [
      { path: example, text: "import { users } from '../users/index.ts'" },
      { path: 'web/api.ts', text: "import { users } from '../services/users/index.ts'" },
    ],
    accepts: [
      { path: example, text: "import type { UsersApi } from '../users/index.ts'" },
      { path: example, text: "import { list } from './service.ts'" },
      { path: 'services/index.ts', text: "import { users } from './users/index.ts'" },
    ],
  },
  {
    name: 'few files know Elysia',
    instead:
      'write routes in *-routes.ts; elsewhere take App from shared/app.ts, Type from TypeBox',
    find: (file) =>
      isElysiaFree(file.path)
        ? imports(file, ({ specifier }) => /^@?elysia(?:js)?(?:\/|$)/.test(specifier))
        : [],
    refuses: [
      { path: example, text: "import { t } from 'elysia'" },
      { path: 'shared/page.ts', text: "import type { AnyElysia } from 'elysia'" },
      { path: 'services/users/token.ts', text: "import { jwt } from '@elysia/jwt'" },
    ],
    accepts: [
      { path: 'services/books/book-routes.ts', text: "import { t } from 'elysia'" },
      { path: 'shared/host/host.ts', text: "import { cors } from '@elysia/cors'" },
    ],
  },
  {
    name: 'rules know no Elysia',
    instead: 'return values and throw problems; routes in index.ts turn them into answers',
    find: (file) =>
      /(?:^|\/)service\.ts$/.test(file.path)
        ? imports(file, ({ specifier }) => /^(?:elysia$|elysia\/|@elysia(?:js)?\/)/.test(specifier))
        : [],
    refuses: [{ path: 'services/books/service.ts', text: "import { Elysia } from 'elysia'" }],
    accepts: [{ path: 'services/books/index.ts', text: "import { Elysia } from 'elysia'" }],
  },
]

const routeFile = /^services\/\w+\/(?:[\w-]+\/)?(?:[\w-]+-routes|index|models)\.ts$/

// Ten at most, so that upgrading Elysia stays a small step.
const knowElysia = new Set([
  'services/gateway/console.ts',
  'services/users/signing-keys.ts',
  'shared/access.ts',
  'shared/app.ts',
  'shared/host/client.ts',
  'shared/host/document.ts',
  'shared/host/error-answer.ts',
  'shared/host/host.ts',
  'shared/host/json-body.ts',
  'shared/host/swagger.ts',
])

/** Server code; tests and measurements are exempt. */
function isElysiaFree(path: string): boolean {
  return (
    /^(?:services|shared)\//.test(path) &&
    !isTest(path) &&
    !routeFile.test(path) &&
    !knowElysia.has(path)
  )
}

function imports(file: { path: string; text: string }, breaks: (one: Import) => boolean): number[] {
  if (!isCode(file.path)) return []
  return readImports(file.text)
    .filter(breaks)
    .map((one) => one.line)
}

/** Nothing but imports and exports of what was imported. */
function isBarrel(text: string): boolean {
  const { code } = readSource(text)
  const exported =
    /\bexport\s+(?:type\s+)?(?:\*(?:\s+as\s+\w+)?|\{[^}]*\})(?:\s*from\s*(['"])\s*\1)?\s*;?/g
  const imported = /\bimport\b[^'"]*(['"])\s*\1\s*;?/g
  const left = code.replace(exported, '').replace(imported, '')
  return left.trim() === '' && code.search(exported) >= 0
}

function hasExtension(path: string, specifier: string): boolean {
  if (path.endsWith('.js')) return specifier.endsWith('.js')
  return /\.(?:tsx?|json|css|html|sql|svg|txt|py|wasm)$/.test(specifier)
}

/** The path in the tree that a relative specifier means; others come back as they are. */
function resolve(from: string, specifier: string): string {
  if (!specifier.startsWith('.'))
    return specifier
      .replace(/^@campus\/store\b/, 'packages/store/src')
      .replace(/^@campus\//, 'services/')
  return new URL(specifier, `file:///${from}`).pathname.slice(1)
}

/** `users` for services/users/…; undefined for shared files and everything else. */
function serviceOf(path: string): string | undefined {
  return /^services\/(?!testing\/|[^/]+\.\w+$)([^/]+)/.exec(path)?.[1]
}

/** Services but two, and what they import, get all they need of a host by their context. */
function mayKnowHost(path: string): boolean {
  if (isTest(path) || path.startsWith('shared/host/')) return true
  return !path.startsWith('shared/') && ['gateway', 'users', undefined].includes(serviceOf(path))
}

/** Production code: everything except tests and developer tooling. */
function isProduction(path: string): boolean {
  return isCode(path) && !isTest(path) && !/^(?:scripts|load-tests)\//.test(path)
}

/** The list of services, the files that start them, and tests. */
function mayNameServices(path: string): boolean {
  return mayAct(path) || isTest(path) || /^services\/[^/]+\.ts$/.test(path)
}
