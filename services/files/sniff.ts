/** How many bytes from the start tell what a file is. Office files name themselves late. */
export const sniffBytes = 16 * 1024

/** The media type of bytes by their beginning, whatever anybody calls them. */
export async function sniff(head: Uint8Array): Promise<string> {
  // A megabyte of code that knows some 180 formats, for whoever uploads.
  const { fileTypeFromBuffer } = await import('file-type')
  const found = await fileTypeFromBuffer(head).catch(() => undefined) // cut off in its middle
  if (found) return found.mime.split(';')[0] ?? found.mime
  return isText(head) ? 'text/plain' : 'application/octet-stream'
}

// White space, and the escape that colours what a terminal prints; no other control is in text.
const textControls = new Set([...'\t\n\v\f\r\u001b'].map((character) => character.charCodeAt(0)))

function isText(head: Uint8Array): boolean {
  if (head.length === 0 || head.some((byte) => byte < 0x20 && !textControls.has(byte))) {
    return false
  }
  try {
    // As a stream, because the head may end in the middle of a character.
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true })
    return true
  } catch {
    return false
  }
}
