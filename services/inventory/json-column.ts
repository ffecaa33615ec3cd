import type { FieldError } from '../../shared/problem.ts'
import { jsonBytesMax, type JsonObject } from '../../shared/schemas/primitive.ts'

/**
 * Writes a client's object as the text that is stored.
 * @param errors is told when it is too large; then the text is not to be used
 */
export function writeJson(field: string, value: JsonObject, errors: FieldError[]): string {
  const text = JSON.stringify(value)
  if (Buffer.byteLength(text) > jsonBytesMax) {
    const detail = `It may have at most ${jsonBytesMax} bytes as JSON.`
    errors.push({ pointer: `#/${field}`, detail })
  }
  return text
}
