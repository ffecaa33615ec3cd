import { Type, type Static } from '@sinclair/typebox'

/** RFC 9457 `application/problem+json`, with a stable `code`. */
export const Problem = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    code: Type.String({ description: 'Stable; switch on this' }),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          pointer: Type.String({
            description: '#/field of the body, ?name, or {name} of the path',
          }),
          detail: Type.String(),
        }),
      ),
    ),
  },
  { additionalProperties: true },
)
export type Problem = Static<typeof Problem>
