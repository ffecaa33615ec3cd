import { Type, type Static } from '@sinclair/typebox'

const about = {
  name: Type.String({
    description: 'Such as `booking.approved`, `account.invitation`, `digest` or `footer`',
  }),
  language: Type.Union([Type.Literal('en'), Type.Literal('de')]),
  own: Type.Boolean({ description: 'Whether the operator replaced it by a file' }),
  faults: Type.Array(Type.String(), {
    description: 'What is wrong with that file; then the built-in text is used',
  }),
}
const closed = { additionalProperties: false }

export const MailTemplate = Type.Object(about, closed)
export type MailTemplate = Static<typeof MailTemplate>
export const MailTemplateList = Type.Array(MailTemplate)

/** A mail as it would be sent, about an invented booking or account. */
export const MailPreview = Type.Object(
  {
    ...about,
    source: Type.String({ description: 'The text of the file' }),
    subject: Type.String(),
    text: Type.String(),
    html: Type.String(),
  },
  closed,
)
export type MailPreview = Static<typeof MailPreview>
