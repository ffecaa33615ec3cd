import type { Language } from '../../../shared/language.ts'

const texts = {
  en: {
    ask: ['Fewer mails', 'Do you want no more mails of this kind?', 'No more mails of this kind'],
    done: ['Fewer mails', 'You get no more mails of this kind. Your inbox still has them.', ''],
  },
  de: {
    ask: ['Weniger E-Mails', 'Möchten Sie keine E-Mails dieser Art mehr?', 'Keine E-Mails mehr'],
    done: [
      'Weniger E-Mails',
      'Sie erhalten keine E-Mails dieser Art mehr. Im Posteingang von Campus stehen sie weiter.',
      '',
    ],
  },
} as const

/** For people who open the link by hand. A self-contained page. */
export function writePage(page: 'ask' | 'done', language: Language): Response {
  const [title, text, button] = texts[language][page]
  const form = button && `<form method="post"><button>${button}</button></form>`
  const html = `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex"><title>${title}</title>
<style>body{margin:3em auto;max-width:30em;padding:1em;font:16px/1.5 sans-serif}
button{font:inherit}</style>
</head><body><h1>${title}</h1><p>${text}</p>${form}</body></html>
`
  const policy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'"
  return new Response(html, {
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy,
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    },
  })
}
