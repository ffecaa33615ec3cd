import { listBodyAttacks } from './body.ts'
import { headerAttacks } from './header.ts'
import type { Operation, Parameter } from './operation.ts'
import { listParameterAttacks } from './parameter.ts'
import { sampleOf } from './schema.ts'
import type { WireRequest } from './wire.ts'

export type HeaderLines = [name: string, value: string][]

/** The changes that turn an honest request into a hostile one. */
export interface Attack {
  name: string
  headers?: HeaderLines
  body?: string | Buffer
  /** Replaces the sample of a path parameter; verbatim, escaped or not. */
  path?: Record<string, string>
  /** Replaces the query, verbatim. */
  query?: string
  /** The pattern whose repeats it consists of. */
  repeats?: string
  pieces?: number
  cutAt?: number
}

/** All attacks on one operation. @param bodyBytesMax its body limit */
export function listAttacks(operation: Operation, bodyBytesMax: number): Attack[] {
  return [
    { name: 'nothing: an honest request' },
    ...headerAttacks,
    ...listParameterAttacks(operation),
    ...listBodyAttacks(operation, bodyBytesMax),
  ]
}

/** The request of an attack, with this `Authorization`, or none. */
export function toRequest(
  operation: Operation,
  attack: Attack,
  authorization: string | undefined,
): WireRequest {
  const { method, parameters } = operation
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const parameter = parameters.find((each) => each.in === 'path' && each.name === name)
    return attack.path?.[name] ?? toText(parameter)
  })
  const [type, schema] = operation.bodies.entries().next().value ?? []
  const body = attack.body ?? (schema && toBody(sampleOf(schema)))
  const given = attack.headers ?? []
  const has = (name: string) => given.some(([each]) => each.toLowerCase() === name)
  return {
    method,
    target: attack.query === undefined ? path : `${path}?${attack.query}`,
    headers: [
      ...(authorization && !has('authorization')
        ? [['authorization', authorization] as const]
        : []),
      ...(body !== undefined && !has('content-type')
        ? [['content-type', type ?? 'application/json'] as const]
        : []),
      ...given,
    ].map(([name, value]) => [name, value]),
    ...(body !== undefined && { body: Buffer.from(body as string) }),
    ...(attack.pieces && { pieces: attack.pieces }),
    ...(attack.cutAt !== undefined && { cutAt: attack.cutAt }),
  }
}

function toText(parameter: Parameter | undefined): string {
  return encodeURIComponent(String(sampleOf(parameter?.schema ?? {})))
}

function toBody(sample: unknown): string {
  return typeof sample === 'string' ? sample : JSON.stringify(sample)
}
