// Spreadsheets run text that begins like a formula, so it is prefixed with an apostrophe.
const formula = /^'*[=+\-@\t\r]/

/**
 * Writes a CSV record (RFC 4180) in which spreadsheets see no formulas.
 * @param separator `;` for readers whose comma is a decimal one
 */
export function toCsvLine(values: readonly string[], separator: ',' | ';' = ','): string {
  return `${values.map(toField).join(separator)}\r\n`
}

/** Reverses the prefix of `toCsvLine`. */
export function fromCsvField(field: string): string {
  return field.startsWith("'") && formula.test(field) ? field.slice(1) : field
}

function toField(text: string): string {
  const safe = formula.test(text) ? `'${text}` : text
  return /[",;\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
