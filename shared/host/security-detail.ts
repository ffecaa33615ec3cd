/** The detail of a security event as JSON: ids, roles and counts. */
export const detailMax = 1000
const depthMax = 4

/** @returns undefined for what is not such an object, too long, or too deeply nested */
export function readDetail(text: string): Record<string, unknown> | undefined {
  if (text.length > detailMax) return undefined
  try {
    const value: unknown = JSON.parse(text)
    const isDetail = isObject(value) && !Array.isArray(value) && depthOf(value) <= depthMax
    return isDetail ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function depthOf(value: unknown): number {
  return isObject(value) ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
