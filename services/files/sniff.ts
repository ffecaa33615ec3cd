/** How many leading bytes identify a file. Office files name their type late. */
export const sniffBytes = 16 * 1024

/** The media type of bytes by their beginning, ignoring what the client says. */
export async function sniff(head: Uint8Array): Promise<string> {
  // A megabyte of code for some 180 formats, loaded at the first upload.
  const { fileTypeFromBuffer } = await import('file-type')
  const found = await fileTypeFromBuffer(head).catch(() => undefined) // the head may be cut off
  if (found) return found.mime.split(';')[0] ?? found.mime
  return isText(head) ? 'text/plain' : 'application/octet-stream'
}

// White space, and the escape of terminal colours; text has no other control characters.
const textControls = new Set([...'\t\n\v\f\r\u001b'].map((character) => character.charCodeAt(0)))

function isText(head: Uint8Array): boolean {
  if (head.length === 0 || head.some((byte) => byte < 0x20 && !textControls.has(byte))) {
    return false
  }
  try {
    // As a stream, because the head may end within a character.
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true })
    return true
  } catch {
    return false
  }
}
