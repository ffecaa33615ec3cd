export interface Parts {
  text: string
  footer: string
  /** Where Campus is. Nobody else's address becomes a link: people write titles. */
  home: string
}

/** A plain text as simple HTML: its paragraphs, its lines, its own links. */
export function toHtml({ text, footer, home }: Parts): string {
  const paragraphs = text.split('\n\n').map((part) => `<p>${toLines(part, home)}</p>`)
  return `<!doctype html>
<html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"></head>
<body style="margin:0 auto;max-width:36em;padding:1em;font:16px/1.5 sans-serif">
${paragraphs.join('\n')}
<hr>
<p style="color:#666;font-size:13px">${toLines(footer, home)}</p>
</body></html>
`
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
