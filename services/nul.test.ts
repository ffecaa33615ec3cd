import { expect, it, onTestFinished, setDefaultTimeout } from 'bun:test'
import document from './openapi.json'
import { describeStores } from '../shared/testing/describe-stores.ts'
import { startForTest } from './testing/system.ts'
import { forgeCursor } from './testing/forged-cursor.ts'

interface Parameter {
  in: string
  name: string
  schema: { type?: string; format?: string; pattern?: string }
}

interface Operation {
  parameters?: (Parameter | { $ref: string })[]
}

const shared = document.components.parameters as Record<string, Parameter>

function listParameters({ parameters = [] }: Operation): Parameter[] {
  return parameters.map((it) =>
    '$ref' in it ? (shared[it.$ref.split('/').at(-1) ?? ''] as Parameter) : it,
  )
}

setDefaultTimeout(60_000)

const targets = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).flatMap(([method, operation]) => {
    const parameters = listParameters(operation as Operation)
    return parameters.map((parameter) => ({
      method: method.toUpperCase(),
      path: path.replaceAll(/\{(\w+)\}/g, (braces, name: string) => {
        const other = parameters.find((each) => each.name === name && each !== parameter)
        return other ? toPlausible(other) : braces
      }),
      parameter,
    }))
  }),
)

// One that is let through to where the other is looked at.
function toPlausible({ schema: { type, format, pattern = '' } }: Parameter): string {
  if (format === 'uuid') return '0197a1f0-0000-7000-8000-000000000000'
  if (type === 'integer') return '1'
  const texts = ['a'.repeat(64), '1']
  return texts.find((text) => new RegExp(pattern).test(text)) ?? 'x'
}

function withNul(path: string, { name, in: place }: Parameter): string {
  return place === 'query' ? `${path}?${name}=%00` : path.replace(`{${name}}`, '%00')
}

// PostgreSQL holds no NUL, and cannot even be asked for one.
describeStores('a NUL in a path or a query', (makeDatabase) => {
  it('is a client error at every operation', async () => {
    const system = await startForTest(makeDatabase)
    onTestFinished(system.close)
    for (const { method, path, parameter } of targets) {
      const { name } = parameter
      const target =
        name === 'cursor' ? forgeCursor(path, ['\0', '\0', '\0']) : withNul(path, parameter)
      const { status } = await system.send(method, target)
      expect([method, target, status < 500]).toEqual([method, target, true])
    }
  })
})
