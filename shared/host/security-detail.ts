/** What is said of a security event beside who and whom, as JSON: ids, roles and counts. */
export const detailMax = 1000
const depthMax = 4

/** @returns undefined for what is no such object, is longer than that, or nested deeper */
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
