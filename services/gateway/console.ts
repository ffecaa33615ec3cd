import { openAsBlob, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Elysia } from 'elysia'
import { access } from '../../shared/access.ts'
import { readLanguage } from '../../shared/language.ts'
import { notFound } from '../../shared/problem.ts'

/** A file of the console's build, with its compressed variants. */
export interface ConsoleFile {
  type: string
  etag: string
  bytes: number
  encodings: { br?: Variant; gzip?: Variant }
}

interface Variant {
  suffix: string
  bytes: number
}

/** The `manifest.json` of a build. */
export interface ConsoleManifest {
  /** The HTML document for each path, and for everything below it. */
  pages: Record<string, string>
  /** By language and document: the one for who reads that. */
  translations: Record<string, Record<string, string> | undefined>
  /** By URL path. */
  files: Record<string, ConsoleFile>
}

// In order of preference.
const encodings = ['br', 'gzip'] as const

// Everything from this origin and nothing inline, so that injected markup cannot run.
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const documentHeaders = {
  'cache-control': 'no-cache',
  'content-security-policy': policy,
  vary: 'accept-encoding, accept-language, cookie',
}

/**
 * The built web console: hashed assets that never change, and a document for its addresses. These
 * addresses are listed, not guessed: whatever else is unknown stays a 404 of the API.
 * @param folder the build; without one, `/` leads to the documentation
 */
export function webConsole(folder: string) {
  const hidden = { access: 'public', detail: { hide: true } } as const
  const app = new Elysia({ name: 'console' }).use(access)
  const read = createReader(join(folder, 'manifest.json'))
  const built = read()
  if (!built) return app.get('/', ({ redirect }) => redirect('/swagger'), hidden)

  const send = async (name: string, request: Request, headers: Record<string, string>) => {
    const file = read()?.files[name]
    if (!file) throw notFound('file', name)
    const tagged = { vary: 'accept-encoding', ...headers, etag: file.etag }
    if (request.headers.get('if-none-match') === file.etag) {
      return new Response(null, { status: 304, headers: tagged })
    }
    const encoding = chooseEncoding(file, request.headers.get('accept-encoding') ?? '')
    const suffix = encoding ? (file.encodings[encoding]?.suffix ?? '') : ''
    return new Response(await openAsBlob(join(folder, name) + suffix), {
      headers: {
        ...tagged,
        'content-type': file.type,
        ...(encoding && { 'content-encoding': encoding }),
      },
    })
  }
  for (const [path, name] of Object.entries(built.pages)) {
    const page = ({ request }: { request: Request }) => {
      const own = read()?.translations[readChosen(request) ?? readLanguage(request)]?.[name] ?? name
      return send(own, request, documentHeaders)
    }
    app.get(path, page, hidden)
    if (path !== '/') app.get(`${path}/*`, page, hidden)
  }
  return app.get(
    '/assets/*',
    ({ request, path }) =>
      send(path, request, { 'cache-control': 'public, max-age=31536000, immutable' }),
    hidden,
  )
}

// The language that somebody chose in the console; see decision 079.
function readChosen({ headers }: Request): string | undefined {
  return /(?:^|;\s*)campus\.language=(en|de)(?:;|$)/.exec(headers.get('cookie') ?? '')?.[1]
}

/** Reads the manifest again after a newer build, so that development needs no restart. */
function createReader(path: string): () => ConsoleManifest | undefined {
  let manifest: ConsoleManifest | undefined
  // Files of the one binary are of the time 0.
  let readAt: number | undefined
  return () => {
    const { mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? {}
    if (mtimeMs !== undefined && mtimeMs !== readAt) {
      manifest = JSON.parse(readFileSync(path, 'utf8')) as ConsoleManifest
      readAt = mtimeMs
    }
    return manifest
  }
}

// A coding that is listed with q=0 is refused (RFC 9110, 12.5.3).
function chooseEncoding(
  file: ConsoleFile,
  accepted: string,
): (typeof encodings)[number] | undefined {
  const codings = accepted.split(',').map((part) => part.trim().split(/\s*;\s*q=/))
  return encodings.find(
    (name) => file.encodings[name] && codings.some(([coding, q]) => coding === name && q !== '0'),
  )
}
