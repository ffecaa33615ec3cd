import { invalid } from '../../shared/problem.ts'
import type { JsonObject } from '../../shared/schemas/primitive.ts'

/** The most a client may keep in an object of its own, in bytes of JSON. */
const jsonBytesMax = 4096

/**
 * Writes a client's object as the text that is stored.
 * @throws 422 when it is larger than 4 KB
 */
export function writeJson(field: string, value: JsonObject | undefined): string {
  const text = JSON.stringify(value ?? {})
  if (Buffer.byteLength(text) <= jsonBytesMax) return text
  const detail = `It may have at most ${jsonBytesMax} bytes as JSON.`
  throw invalid([{ pointer: `#/${field}`, detail }])
}
