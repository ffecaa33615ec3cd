/**
 * `bun run build`: makes the package from the API document of Campus: the types of its operations
 * and events, the paths that take an `Idempotency-Key`, and the JavaScript that is published.
 */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import openapiTypescript, { astToString } from 'openapi-typescript'
import all from '../../services/openapi.json'
import { toPublicDocument, type OpenApiDocument } from '../../shared/host/document.ts'

const folder = import.meta.dir
// What services say to each other is not for clients.
const document = toPublicDocument(all as unknown as OpenApiDocument)

/** The paths whose POST is safe to repeat with a key. */
const keyed = Object.entries(document.paths)
  .filter(([, { post }]) => JSON.stringify(post ?? {}).includes('/IdempotencyKey"'))
  .map(([path]) => path)

writeFileSync(
  join(folder, 'src/schema.ts'),
  astToString(await openapiTypescript(JSON.stringify(document))),
)
writeFileSync(
  join(folder, 'src/keyed.ts'),
  `/** Where a POST is safe to repeat with an Idempotency-Key. */
export const keyedPaths: ReadonlySet<string> = new Set(${JSON.stringify(keyed, null, 2)})
`,
)

const { examples: codes } = all.components.schemas.Problem.properties.code
writeFileSync(
  join(folder, 'src/codes.ts'),
  `/** The codes of problems that this version knows. */
export type KnownCode =
${codes.map((code) => `  | '${code}'`).join('\n')}
`,
)

/** The type of the events of each stream. */
const streams = Object.entries(document.paths).flatMap(([path, { get }]) => {
  const name = /"x-itemSchema":\{"\$ref":"#\/components\/schemas\/(\w+)"/.exec(
    JSON.stringify(get ?? {}),
  )
  return name ? [`  '${path}': components['schemas']['${name[1]}']`] : []
})
writeFileSync(
  join(folder, 'src/streams.ts'),
  `import type { components } from './schema.ts'

/** What each stream sends. */
export interface Streams {
${streams.join('\n')}
}
`,
)
rmSync(join(folder, 'dist'), { recursive: true, force: true })
const tsc = Bun.spawnSync([join(folder, 'node_modules/.bin/tsc'), '-p', folder])
if (!tsc.success) throw new Error(`The client does not compile:\n${tsc.stdout.toString()}`)
