import type { FieldError } from '../../shared/problem.ts'
import { jsonBytesMax, type JsonObject } from '../../shared/schemas/primitive.ts'

/**
 * Serializes a client's object for storage.
 * @param errors receives a fault when it is too large; do not use the text then
 */
export function writeJson(field: string, value: JsonObject, errors: FieldError[]): string {
  const text = JSON.stringify(value)
  if (Buffer.byteLength(text) > jsonBytesMax) {
    const detail = `It may have at most ${jsonBytesMax} bytes as JSON.`
    errors.push({ pointer: `#/${field}`, detail })
  }
  return text
}
