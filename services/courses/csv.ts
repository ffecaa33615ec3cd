/** Writes rows as RFC 4180 has it: lines end with CRLF, fields with commas or quotes are quoted. */
export function toCsv(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.map(toField).join(',')}\r\n`).join('')
}

// A spreadsheet takes these beginnings for a formula and runs it.
const formula = /^[=+\-@\t\r]/

function toField(text: string): string {
  const safe = formula.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
