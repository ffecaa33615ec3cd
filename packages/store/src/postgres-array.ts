/** Texts as PostgreSQL reads an array of them: PostgreSQL documentation, section 8.15.2. */
export function toTextArray(texts: readonly (string | null)[]): string {
  const quote = (text: string) => `"${text.replace(/["\\]/g, String.raw`\$&`)}"`
  return `{${texts.map((text) => (text === null ? 'NULL' : quote(text))).join()}}`
}
