import { expect, it, onTestFinished, setDefaultTimeout } from 'bun:test'
import document from './openapi.json'
import { describeStores } from '../shared/testing/describe-stores.ts'
import { startForTest } from './testing/system.ts'

interface Parameter {
  in: string
  name: string
  schema: { pattern?: string }
}

setDefaultTimeout(60_000)

const targets = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).flatMap(([method, operation]) => {
    const { parameters = [] } = operation as { parameters?: Parameter[] }
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
function toPlausible({ schema: { pattern = '' } }: Parameter): string {
  const texts = ['0197a1f0-0000-7000-8000-000000000000', 'a'.repeat(64), '1']
  return texts.find((text) => new RegExp(pattern).test(text)) ?? 'x'
}

const cursor = Buffer.from(JSON.stringify(['\0', '\0', '\0'])).toString('base64url')

// PostgreSQL holds no NUL, and cannot even be asked for one.
describeStores('a NUL in a path or a query', (makeDatabase) => {
  it('is a fault of whoever sent it, at every operation', async () => {
    const system = await startForTest(makeDatabase)
    onTestFinished(system.close)
    for (const { method, path, parameter } of targets) {
      const { name } = parameter
      const value = name === 'cursor' ? cursor : '%00'
      const target =
        parameter.in === 'query' ? `${path}?${name}=${value}` : path.replace(`{${name}}`, value)
      const { status } = await system.send(method, target)
      expect([method, target, status < 500]).toEqual([method, target, true])
    }
  })
})
