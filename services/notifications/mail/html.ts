/** A plain text as simple HTML: its paragraphs, its lines, its links. */
export function toHtml(text: string, footer: string): string {
  const paragraphs = text.split('\n\n').map((part) => `<p>${toLines(part)}</p>`)
  return `<!doctype html>
<html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"></head>
<body style="margin:0 auto;max-width:36em;padding:1em;font:16px/1.5 sans-serif">
${paragraphs.join('\n')}
<hr>
<p style="color:#666;font-size:13px">${toLines(footer)}</p>
</body></html>
`
}

function toLines(text: string): string {
  return escape(text)
    .replace(/https?:\/\/[^\s<]+/g, (url) => `<a href="${url}">${url}</a>`)
    .replaceAll('\n', '<br>')
}

function escape(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? character)
}
