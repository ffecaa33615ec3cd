import { Type, type Static, type TProperties } from '@sinclair/typebox'
import { problemCodes, type ProblemCode } from '../problem-code.ts'

const FieldFault = Type.Object({
  pointer: Type.String({ description: '#/field of the body, ?name, or {name} of the path' }),
  detail: Type.String(),
})

const problem = {
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String({ description: 'For people: what is wrong and what to change' }),
  // An `enum` would let clients throw at a code of a later version.
  code: Type.String({
    pattern: '^[a-z][a-z0-9_]*$',
    description:
      'Extensible enum. Stable; switch on this. The examples are all codes of Campus; a later ' +
      'version may have more',
    examples: [...problemCodes],
  }),
}

/** RFC 9457 `application/problem+json`, with a stable `code`. */
export const Problem = Type.Object(
  { ...problem, errors: Type.Optional(Type.Array(FieldFault)) },
  { additionalProperties: true },
)
export type Problem = Static<typeof Problem>

/** A problem with one code, and members of its own (RFC 9457 section 3.2). */
export function problemOf<Code extends ProblemCode, Members extends TProperties>(
  code: Code,
  members: Members,
) {
  const own = { ...problem, code: Type.Literal(code), ...members }
  return Type.Object(own, { additionalProperties: true })
}
