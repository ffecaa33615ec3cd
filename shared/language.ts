/** The languages of mails. */
export type Language = 'en' | 'de'

/** The preferred language of a browser (RFC 9110 section 12.5.4), among those with texts. */
export function readLanguage(request: Pick<Request, 'headers'>): Language {
  const wanted = request.headers.get('accept-language')?.slice(0, 200) ?? ''
  const first = wanted.split(',').find((part) => /^\s*(de|en)\b/i.test(part))
  return first?.trim().toLowerCase().startsWith('de') ? 'de' : 'en'
}
