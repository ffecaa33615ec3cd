import { FileName } from '../../shared/schemas/file.ts'

const lengthMax = FileName.maxLength ?? 255
// Control characters, and those that change text direction: `exe.gpj` shown as `jpg.exe`.
const unseen = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu

/**
 * Makes a storable name of any client's file name, so that no upload fails for its name. Drops the
 * path before the last slash or backslash, and invisible characters.
 */
export function toFileName(given: string): string {
  const last = given.toWellFormed().split(/[/\\]/).at(-1) ?? ''
  const seen = last.normalize('NFC').replace(unseen, '').trim()
  const name = cut(seen, lengthMax).trim()
  return /^\.{0,2}$/.test(name) ? 'unnamed' : name
}

/** `Content-Disposition` (RFC 6266): the name in ASCII for old clients, and in full (RFC 8187). */
export function toDisposition(kind: 'attachment' | 'inline', name: string): string {
  const ascii = name.normalize('NFKD').replace(/[\u0300-\u036f]/g, '')
  const plain = ascii.replace(/[^ !#$&+.\w^`{}~()@,;=[\]'-]/g, '_')
  return `${kind}; filename="${plain}"; filename*=UTF-8''${encodeExtended(name)}`
}

// RFC 8187 section 3.2.1: encodeURIComponent leaves four characters that are not attr-chars.
function encodeExtended(text: string): string {
  const escape = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`
  return encodeURIComponent(text).replace(/['()*]/g, escape)
}

// Keeps surrogate pairs whole, and the extension, by which people recognise a type.
function cut(name: string, length: number): string {
  if (name.length <= length) return name
  const extension = /\.[^.]{1,20}$/.exec(name)?.[0] ?? ''
  const stem = name.slice(0, length - extension.length)
  return stem.replace(/[\ud800-\udbff]$/, '') + extension
}
