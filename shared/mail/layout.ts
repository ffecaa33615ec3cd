import type { Language } from '../language.ts'
import type { MailText } from './mailer.ts'

export interface MailParts {
  subject: string
  text: string
  /** Empty: there is nothing below. */
  footer: string
  language: Language
  /** The address of Campus. No other address becomes a link, as people write titles. */
  home: string
}

/** Lays a mail out as plain text and as simple HTML: paragraphs, lines and links to Campus. */
export function layOut({ subject, text, footer, language, home }: MailParts): MailText {
  const parts = text.split('\n\n').filter(Boolean)
  const paragraphs = parts.map((part) => `<p>${toLines(part, home)}</p>`)
  const end = footer
    ? `<hr>\n<p style="color:#666;font-size:13px">${toLines(footer, home)}</p>\n`
    : ''
  return {
    subject,
    text: `${[text, footer].filter(Boolean).join('\n\n-- \n')}\n`,
    html: `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width"></head>
<body style="margin:0 auto;max-width:36em;padding:1em;font:16px/1.5 sans-serif">
${paragraphs.join('\n')}
${end}</body></html>
`,
  }
}

function toLines(text: string, home: string): string {
  return escape(text)
    .replace(/https?:\/\/[^\s<]+/g, (url) =>
      home && url.startsWith(`${home}/`) ? `<a href="${url}">${url}</a>` : url,
    )
    .replaceAll('\n', '<br>')
}

function escape(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? character)
}
