// Spreadsheets run text that begins like a formula, even in letters of full width. It is prefixed
// with an apostrophe wherever a cell may begin: quotes do not keep a value together for readers
// that split at another separator.
const start = String.raw`((?:^|[,;\t\r\n])[[\s"']--[\t\r\n]]*)`
const sign = String.raw`(?=[=+\-@＝＋－＠])`
const formulas = new RegExp(start + sign, 'gv')
const prefixes = new RegExp(`${start}'${sign}`, 'gv')

/**
 * Writes a CSV record (RFC 4180) in which spreadsheets see no formulas.
 * @param separator `;` for readers whose comma is a decimal one
 */
export function toCsvLine(values: readonly string[], separator: ',' | ';' = ','): string {
  return `${values.map(toField).join(separator)}\r\n`
}

/** Reverses the prefixes of `toCsvLine`. */
export function fromCsvField(field: string): string {
  return field.replace(prefixes, '$1')
}

function toField(text: string): string {
  const safe = text.replace(formulas, "$1'")
  return /[",;\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
