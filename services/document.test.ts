import { Validator } from '@seriousme/openapi-schema-validator'
import { describe, expect, it } from 'bun:test'
import committed from './openapi.json'
import { makeSqlite } from '../shared/testing/describe-stores.ts'
import { toPublicDocument, type OpenApiDocument } from '../shared/host/document.ts'
import { serviceNames } from './index.ts'
import { readDocument as readOperations, type CheckedOperation } from './testing/document-check.ts'
import { startForTest } from './testing/system.ts'

async function readDocument(parts?: readonly ['gateway']): Promise<OpenApiDocument> {
  const system = await startForTest(makeSqlite, parts && { parts })
  const response = await system.send('GET', '/swagger/json', { as: null })
  const document = (await response.json()) as OpenApiDocument
  await system.close()
  return document
}

interface Route {
  method: string
  path: string
  hooks: { detail?: { hide?: boolean } }
}

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const document = await readDocument()
    expect(document.openapi).toStartWith('3.1')
    expect(await new Validator().validate({ ...document })).toMatchObject({ valid: true })
  })

  it('is the committed one, in one process and split (else run: bun run openapi)', async () => {
    const shown = toPublicDocument(committed as unknown as OpenApiDocument)
    expect(await readDocument()).toEqual(shown)
    expect(await readDocument(['gateway'])).toEqual(shown)
  })

  it('includes every route that declares access', async () => {
    const system = await startForTest(makeSqlite)
    const routes = system.app.routes as Route[]
    const shown = routes.filter(
      ({ hooks: { detail = {} } }) => 'x-access' in detail && !detail.hide,
    )
    const documented = Object.entries(committed.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    const names = shown.map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`)
    expect(names.toSorted()).toEqual(documented.toSorted())
    await system.close()
  })

  it('has summary, access and responses of every route', () => {
    const ids = new Set<string>()
    const operations = Object.values(committed.paths).flatMap((path) => Object.values(path))
    for (const operation of operations) {
      expect(operation.summary.length).toBeGreaterThan(3)
      expect(operation.tags).toHaveLength(1)
      expect(operation['x-access']).toMatch(/^(public|anonymous|member|self|owner|admin|service)$/)
      expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['500', '503']))
      ids.add(operation.operationId)
    }
    expect(ids.size).toBe(operations.length)
  })

  it('omits internal operations from the public one', async () => {
    const text = JSON.stringify(await readDocument())
    for (const internal of ['x-access":"service', 'listEndedLogins', 'EndedLogins', '/After']) {
      expect(JSON.stringify(committed)).toContain(internal)
      expect(text).not.toContain(internal)
    }
  })

  it('states access unless any token is enough', () => {
    const operations = Object.values(committed.paths).flatMap((path) => Object.values(path))
    const open = operations.filter((operation) => operation['x-access'] === 'public')
    expect(open.length).toBeGreaterThan(5)
    for (const operation of open) expect(operation).toMatchObject({ security: [] })
  })

  it('has patterns that other languages can read', () => {
    const patterns = [...JSON.stringify(committed).matchAll(/"pattern":("(?:[^"\\]|\\.)*")/g)].map(
      ([, text = '']) => JSON.parse(text) as string,
    )
    expect(patterns.length).toBeGreaterThan(50)
    // Neither RE2 nor a reader without Unicode knows them.
    expect(patterns.filter((pattern) => /\\u|\(\?|\\[pP]/.test(pattern))).toEqual([])
  })

  it('has an example of every JSON body', () => {
    const { schemas } = committed.components as { schemas: Record<string, { examples?: unknown }> }
    const names = JSON.stringify(Object.values(committed.paths)).matchAll(
      /"requestBody":\{"content":\{"application\/json":\{"schema":\{"\$ref":"[^"]*\/(\w+)"/g,
    )
    const bare = [...new Set([...names].map(([, name = '']) => name))].filter(
      (name) => !schemas[name]?.examples,
    )
    // A token that is in a document is nobody's; lookups are for services only.
    const ofTokens = ['AddressConfirmation', 'InvitationToken', 'NewPassword', 'RefreshToken']
    const ofServices = [
      'AddressLookup',
      'DeciderLookup',
      'GroupsLookup',
      'RecipientLookup',
      'ResourceNaming',
    ]
    const ofSignIns = ['SignInCallback', 'SignInCode']
    const ofPasskeys = ['NewPasskey', 'PasskeyLogin']
    const all = [...ofTokens, ...ofSignIns, ...ofPasskeys, ...ofServices]
    expect(bare.toSorted()).toEqual(all.toSorted())
  })

  it('has a tag for what was created wherever reading it has one', async () => {
    const { operations } = readOperations(await readDocument())
    const answers = (it: CheckedOperation, status: string) => {
      const { headers = {}, content = {} } = it.responses[status] ?? {}
      const { schema } = (content['application/json'] ?? {}) as { schema?: { $ref?: string } }
      return { model: schema?.$ref, isTagged: 'etag' in headers }
    }
    const read = operations
      .filter(({ method }) => method === 'GET')
      .map((it) => ({ ...it, ...answers(it, '200') }))
    const created = operations.flatMap((it) => (it.responses['201'] ? [it] : []))
    const mayHave = created.filter((it) => {
      const { model } = answers(it, '201')
      const place = new RegExp(`^${RegExp.escape(it.template)}/\\{\\w+\\}$`)
      const readers = read.filter(
        (reader) => (model && reader.model === model) || place.test(reader.template),
      )
      return readers.some(({ isTagged }) => isTagged)
    })
    expect(mayHave.length).toBeGreaterThan(25)
    const bare = mayHave.filter((it) => !answers(it, '201').isTagged)
    expect(bare.map(({ id }) => id)).toEqual([])
  })

  it('says where it is from, and has no server of its own', async () => {
    const { servers } = await readDocument()
    expect(servers).toEqual([{ url: '/', description: expect.any(String) }])
    // Resolved against the document, as OpenAPI 3.1 has it (section 4.8.5).
    const base = 'https://campus.example.org/swagger/json'
    expect(new URL(servers[0]?.url ?? '', base).href).toBe('https://campus.example.org/')
    expect(Object.keys(committed.paths).every((path) => path.startsWith('/'))).toBe(true)
  })

  it('describes every tag', () => {
    expect(committed.tags.map(({ name }) => name)).toEqual([...serviceNames])
  })

  // An operation took 2,800 characters when each said all of it again.
  it('is short enough to be read by a client at each start', async () => {
    const document = await readDocument()
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path))
    expect(JSON.stringify(document).length / operations.length).toBeLessThan(1650)
  })

  // Elysia closes an object that says nothing as soon as its route is asked for: the document would
  // depend on who came first.
  it('states for every named object whether it may have other members', () => {
    const open = Object.entries(committed.components.schemas).filter(
      ([, schema]) =>
        'type' in schema && schema.type === 'object' && !('additionalProperties' in schema),
    )
    expect(open.map(([name]) => name).filter((name) => !name.endsWith('Problem'))).toEqual([])
  })
})
