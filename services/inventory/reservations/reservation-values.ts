import { readInstant } from '../../../shared/instant.ts'
import { conflict, invalid } from '../../../shared/problem.ts'
import { noSuchTime } from '../span.ts'

/** Milliseconds since 1970. @throws 422 */
export function readTime(text: string, pointer: string): number {
  const time = readInstant(text)
  if (time === undefined) throw invalid([{ pointer, detail: noSuchTime }])
  return time
}

export function gone() {
  return conflict('reservation_gone', 'Some of it has expired or was released. Nothing was kept.')
}
