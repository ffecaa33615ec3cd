// What begins like a formula would be one to a spreadsheet, which runs it: such a text gets an
// apostrophe before it.
const formula = /^'*[=+\-@\t\r]/

/** Writes a record of CSV (RFC 4180) that no spreadsheet takes for more than text. */
export function toCsvLine(values: readonly string[]): string {
  return `${values.map(toField).join(',')}\r\n`
}

/** The text that `toCsvLine` made a field of. */
export function fromCsvField(field: string): string {
  return field.startsWith("'") && formula.test(field) ? field.slice(1) : field
}

function toField(text: string): string {
  const safe = formula.test(text) ? `'${text}` : text
  return /[",\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
